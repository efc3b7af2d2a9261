namespace Coordination.Recipes.Tests;

public sealed class LatchOnEmbeddedServerTests() : LatchContract(new EmbeddedWorld());

public sealed class LatchOnApacheTests(ApacheFixture apache) : LatchContract(new ApacheWorld(apache)), IClassFixture<ApacheFixture>;
