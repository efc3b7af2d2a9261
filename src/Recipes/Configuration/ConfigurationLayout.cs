namespace Coordination.Recipes;

/// <summary>How znodes become configuration keys.</summary>
public enum ConfigurationLayout
{
    /// <summary>The path below the root is the key (<c>a/b</c> becomes <c>a:b</c>), the data its value as UTF-8 text. An empty znode with children is no key.</summary>
    KeyPerZnode,

    /// <summary>The data of the root is one JSON document, flattened as by the JSON file provider.</summary>
    JsonDocument,
}
