using Coordination.Server.Hosting;

namespace Coordination.Server.Tests.Hosting;

/// <summary>The file with the users of SASL.</summary>
public sealed class JaasConfigurationTests
{
    private const string Module = "org.apache.zookeeper.server.auth.DigestLoginModule";

    [Fact]
    public void The_users_of_the_section_Server_are_read()
    {
        Dictionary<string, string> users = JaasConfiguration.Parse(
            $$"""
            // a client's section does not matter
            Client { com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true principal="a@B"; };
            /* nor does
               this */
            Server {
                {{Module}} required
                user_super="super;\"secret\"" # the last one
                user_bob = "}"
                debug=true;
            };
            """,
            "jaas.conf");
        Assert.Equal([("bob", "}"), ("super", "super;\"secret\"")], users.OrderBy(user => user.Key, StringComparer.Ordinal).Select(user => (user.Key, user.Value)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("Client { a.b required user_bob=\"secret\"; };")]
    [InlineData("Server { };")]
    public void Without_a_section_there_is_nobody(string text) => Assert.Empty(JaasConfiguration.Parse(text, "jaas.conf"));

    [Theory]
    [InlineData("Server", "jaas.conf:1: this is no JAAS file: the file ends too early")]
    [InlineData("Server {\n D required", "wants D, which is not built")]
    [InlineData("Server {\n com.sun.security.auth.module.Krb5LoginModule required; };", "jaas.conf:2: the section Server wants com.sun.security.auth.module.Krb5LoginModule")]
    [InlineData("Server [ canary ]", "'{' is missing")]
    [InlineData("Server { " + Module + " required user_bob \"canary\"; };", "'=' is missing")]
    [InlineData("Server { " + Module + " required\n user_bob=\"canary\n; };", "jaas.conf:2: this is no JAAS file: a quoted text does not end")]
    [InlineData("Server { " + Module + " required user_=\"canary\"; };", "the name of a user is empty")]
    [InlineData("Server { " + Module + " required user_a@b=\"canary\"; };", "has an '@'")]
    [InlineData("Server { " + Module + " required user_bob=\"canary\"; }", "ends too early")]
    [InlineData("Server { " + Module + " required user_bob=\"canary\"", "ends too early")]
    [InlineData("/* canary /", "a comment does not end")]
    public void What_is_no_such_file_is_refused_without_a_word_of_its_secrets(string text, string expected)
    {
        ServerConfigurationException refusal = Assert.Throws<ServerConfigurationException>(() => JaasConfiguration.Parse(text, "jaas.conf"));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_missing_stops_the_start()
    {
        var options = new CoordinationServerOptions();
        options.Security.JaasFile = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        ServerConfigurationException refusal = Assert.Throws<ServerConfigurationException>(() => options.Security.ToRules(false));
        Assert.Contains("java.security.auth.login.config", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false, "sessionRequireClientSASLAuth wants authProvider.1")]
    [InlineData(false, true, null)]
    [InlineData(true, false, null)]
    public void SASL_can_be_demanded_where_it_exists(bool enabled, bool hasUsers, string? expected)
    {
        var options = new CoordinationServerOptions();
        options.Security.RequireSasl = true;
        options.Security.SaslEnabled = enabled;
        if (hasUsers)
            options.Security.SaslUsers["bob"] = "secret";
        Assert.Equal(expected, options.Security.Violation(false));
        Assert.Equal(hasUsers, options.Security.ToRules(false).Sasl is not null);
        Assert.Equal(["sasl"], options.Security.ToRules(false).RequiredSchemes);
    }
}
