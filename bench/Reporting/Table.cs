using System.Globalization;
using System.Text;

namespace Coordination.Bench.Reporting;

/// <summary>Rows of text that can be shown on a console and written into a page.</summary>
internal sealed class Table(string title, params string[] columns)
{
    private readonly List<string[]> _rows = [];

    public string Title { get; } = title;

    public void Add(params string[] row) => _rows.Add(row);

    public void Show()
    {
        var table = new Spectre.Console.Table { Title = new Spectre.Console.TableTitle(Spectre.Console.Markup.Escape(Title)) };
        for (int i = 0; i < columns.Length; i++)
        {
            var column = new Spectre.Console.TableColumn(Spectre.Console.Markup.Escape(columns[i])) { NoWrap = true };
            column.Alignment = i == 0 ? Spectre.Console.Justify.Left : Spectre.Console.Justify.Right;
            table.AddColumn(column);
        }

        foreach (string[] row in _rows)
            Spectre.Console.TableExtensions.AddRow(table, [.. row.Select(Spectre.Console.Markup.Escape)]);
        if (Console.IsOutputRedirected)
            Spectre.Console.AnsiConsole.Profile.Width = 240;
        Spectre.Console.AnsiConsole.Write(table);
    }

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append("| ").AppendJoin(" | ", columns).Append(" |\n|").Append(" --- |");
        for (int i = 1; i < columns.Length; i++)
            text.Append(" ---: |");
        text.Append('\n');
        foreach (string[] row in _rows)
            text.Append("| ").AppendJoin(" | ", row).Append(" |\n");
        return text.ToString();
    }

    public static string Number(double value) => value switch
    {
        >= 100 => value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    public static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture) + "x";
}
