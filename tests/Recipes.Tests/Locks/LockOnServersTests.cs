namespace Coordination.Recipes.Tests;

public sealed class LockOnEmbeddedServerTests() : LockContract(new EmbeddedWorld());

public sealed class LockOnApacheTests(ApacheFixture apache) : LockContract(new ApacheWorld(apache)), IClassFixture<ApacheFixture>;
