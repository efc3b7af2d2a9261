namespace LiveBoard;

/// <summary>The section <c>Board</c> of the configuration: each property is a znode below <see cref="Root"/>.</summary>
internal sealed class BoardSettings
{
    public const string Root = "/liveboard/config";
    public const string MottoPath = Root + "/Board/Motto";

    public string Motto { get; set; } = "";
}
