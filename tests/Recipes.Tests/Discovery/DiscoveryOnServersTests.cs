namespace Coordination.Recipes.Tests;

public sealed class DiscoveryOnEmbeddedServerTests() : DiscoveryContract(new EmbeddedWorld());

public sealed class DiscoveryOnApacheTests(ApacheFixture apache) : DiscoveryContract(new ApacheWorld(apache)), IClassFixture<ApacheFixture>;
