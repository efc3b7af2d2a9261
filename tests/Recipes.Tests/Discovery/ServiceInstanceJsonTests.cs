using System.Text;
using System.Text.Json;

namespace Coordination.Recipes.Tests;

/// <summary>The bytes of Curator's x-discovery, both ways.</summary>
public sealed class ServiceInstanceJsonTests
{
    private const string Plain =
        """{"name":"svc","id":"i1","address":"h","port":1,"sslPort":null,"payload":"str","registrationTimeUTC":1,"serviceType":"DYNAMIC","uriSpec":null}""";

    private const string Full =
        """{"name":"svc","id":"i1","address":"10.0.0.1","port":80,"sslPort":443,"payload":{"@class":"com.acme.Pay","a":"x","n":3},"registrationTimeUTC":1700000000000,"serviceType":"DYNAMIC","uriSpec":{"parts":[{"value":"scheme","variable":true},{"value":"://","variable":false},{"value":"address","variable":true},{"value":":","variable":false},{"value":"port","variable":true}]}}""";

    private const string Spring =
        """{"name":"cloud-provider-payment","id":"6d4e5121-6c17-4023-8f7b-8922f8b70cae","address":"host1","port":8005,"sslPort":null,"payload":{"@class":"org.springframework.cloud.zookeeper.discovery.ZookeeperInstance","id":"application-1","name":"cloud-provider-payment","metadata":{"instance_status":"UP"}},"registrationTimeUTC":1610116500446,"serviceType":"DYNAMIC","uriSpec":{"parts":[{"value":"scheme","variable":true},{"value":"://","variable":false},{"value":"address","variable":true},{"value":":","variable":false},{"value":"port","variable":true}]}}""";

    [Theory]
    [InlineData(Plain)]
    [InlineData(Full)]
    [InlineData(Spring)]
    public void What_Java_wrote_is_written_again_byte_for_byte(string json) =>
        Assert.Equal(json, Encoding.UTF8.GetString(ServiceInstanceJson.Write(Read(json))));

    [Fact]
    public void An_instance_of_ours_is_written_as_Java_would()
    {
        var instance = new ServiceInstance
        {
            Name = "svc",
            Id = "i1",
            Address = "10.0.0.1",
            Port = 80,
            SslPort = 443,
            Payload = ServicePayload.FromObject(Json("""{"a":"x","n":3}"""), JsonContext.Default.JsonElement, "com.acme.Pay"),
            RegisteredAt = DateTimeOffset.FromUnixTimeMilliseconds(1700000000000),
            UriSpec = UriSpec.Parse("{scheme}://{ address }:{port}"),
        };

        Assert.Equal(Full, Encoding.UTF8.GetString(ServiceInstanceJson.Write(instance)));
    }

    [Fact]
    public void Text_is_written_as_UTF8_and_only_escaped_where_JSON_demands_it()
    {
        var instance = new ServiceInstance { Name = "Zürich+<&>'", Id = "a\"b\\c", Payload = ServicePayload.FromText("ü\n") };

        string json = Encoding.UTF8.GetString(ServiceInstanceJson.Write(instance));

        Assert.StartsWith("""{"name":"Zürich+<&>'","id":"a\"b\\c","address":null,""", json, StringComparison.Ordinal);
        Assert.Contains(""","payload":"ü\n",""", json, StringComparison.Ordinal);
        Assert.Equal(instance, Read(json));
    }

    [Fact]
    public void Enabled_is_written_only_when_it_is_false()
    {
        var instance = new ServiceInstance { Name = "s", Id = "i", Enabled = false };

        string json = Encoding.UTF8.GetString(ServiceInstanceJson.Write(instance));

        Assert.EndsWith(""","uriSpec":null,"enabled":false}""", json, StringComparison.Ordinal);
        Assert.False(Read(json).Enabled);
        Assert.True(Read(Plain).Enabled);
    }

    [Fact]
    public void Missing_fields_take_their_defaults_and_unknown_ones_are_ignored()
    {
        ServiceInstance instance = Read("""{"Name":"no","more":[1],"sslPort":443}""");

        Assert.Equal(("", "", (int?)443, ServiceType.Dynamic, true), (instance.Name, instance.Id, instance.SslPort, instance.ServiceType, instance.Enabled));
        Assert.Null(instance.Payload);
    }

    [Theory]
    [InlineData("STATIC", ServiceType.Static)]
    [InlineData("PERMANENT", ServiceType.Permanent)]
    [InlineData("DYNAMIC_SEQUENTIAL", ServiceType.DynamicSequential)]
    public void Service_types_are_read(string text, ServiceType type) =>
        Assert.Equal(type, Read($$"""{"serviceType":"{{text}}"}""").ServiceType);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("127.0.0.1")]
    [InlineData("""{"name":5}""")]
    [InlineData("""{"port":"80"}""")]
    [InlineData("""{"port":99999999999}""")]
    [InlineData("""{"serviceType":"dynamic"}""")]
    [InlineData("""{"registrationTimeUTC":9223372036854775807}""")]
    [InlineData("""{"uriSpec":[]}""")]
    public void A_broken_entry_is_one_kind_of_error(string json) =>
        Assert.ThrowsAny<JsonException>(() => Read(json));

    [Theory]
    [InlineData("\"str\"", null)]
    [InlineData("3", null)]
    [InlineData("""["java.lang.Long",5]""", null)]
    [InlineData("""{"@class":"java.util.HashMap","k":"v"}""", "java.util.HashMap")]
    [InlineData("""{"@class":5}""", null)]
    [InlineData("""{"k":"v"}""", null)]
    public void A_payload_is_kept_as_it_came_and_its_class_is_only_a_label(string payload, string? className)
    {
        ServiceInstance instance = Read($$"""{"payload":{{payload}}}""");

        Assert.Equal(payload, instance.Payload!.Json);
        Assert.Equal(className, instance.Payload.ClassName);
    }

    [Theory]
    [InlineData("10.0.0.1", 80, null, null, "http://10.0.0.1/")]
    [InlineData("h", 8080, 8443, null, "https://h:8443/")]
    [InlineData("fd00:0:0:0:0:0:0:2%eth0", 80, null, null, "http://[fd00::2]/")]
    [InlineData("h", 8080, 8443, "{scheme}://{address}:{ssl-port}/{name}/{unknown}", "https://h:8443/svc/")]
    [InlineData("fe80::1%2", 1, null, "{scheme}://{address}:{port}", "http://[fe80::1]:1/")]
    public void An_instance_becomes_an_address(string address, int port, int? sslPort, string? spec, string uri)
    {
        var instance = new ServiceInstance
        {
            Name = "svc",
            Id = "i",
            Address = address,
            Port = port,
            SslPort = sslPort,
            UriSpec = spec is null ? null : UriSpec.Parse(spec),
        };

        Assert.Equal(uri, instance.ToUri()!.AbsoluteUri);
    }

    [Fact]
    public void Braces_are_written_by_their_names() =>
        Assert.Equal("{x}", UriSpec.Parse("{[}x{]}").Build(new() { Name = "n", Id = "i" }));

    private static ServiceInstance Read(string json) => ServiceInstanceJson.Read(Encoding.UTF8.GetBytes(json));

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonElement))]
internal sealed partial class JsonContext : System.Text.Json.Serialization.JsonSerializerContext;
