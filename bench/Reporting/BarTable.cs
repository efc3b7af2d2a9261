using System.Globalization;

namespace Coordination.Bench.Reporting;

/// <summary>Rows of bars as a table.</summary>
internal static class BarTable
{
    public static Table Of(IEnumerable<BarRow> rows)
    {
        var table = new Table(
            "The bars, medians", "work", "figure", "ours", "Apache 3.8.0", "stub", "ratio", "bar", "met", "note");
        foreach (BarRow row in rows)
        {
            table.Add(
                row.Work,
                row.Figure,
                Number(row.Ours),
                Number(row.Apache),
                Number(row.Stub),
                double.IsNaN(row.Ratio) ? "" : Table.Ratio(row.Ratio),
                Demand(row),
                row.IsMeasured ? (row.IsMet ? "yes" : "NO") : "not measured",
                row.Note);
        }

        return table;
    }

    /// <summary>A row in one line, for whoever waits.</summary>
    public static string Line(BarRow row) =>
        $"{row.Work}, {row.Figure}: {Number(row.Ours)}, Apache {Number(row.Apache)}, stub {Number(row.Stub)}, "
        + $"{(double.IsNaN(row.Ratio) ? "" : Table.Ratio(row.Ratio))} {Demand(row)}: {(row.IsMet ? "met" : "NOT MET")}";

    private static string Demand(BarRow row) => row.Kind switch
    {
        BarKind.AtLeastTimesApache when row.IsCapped => $"≥ {Table.Number(row.Stub * BarRow.ShareOfStub)} (80 % of the stub, for {Factor(row)})",
        BarKind.AtLeastTimesApache => $"≥ {Factor(row)}",
        BarKind.AtMostTimesApache => $"≤ {Factor(row)}",
        _ => $"≤ {Table.Number(row.Bar)}",
    };

    private static string Factor(BarRow row) => row.Bar.ToString("0.##", CultureInfo.InvariantCulture) + "x";

    private static string Number(double value) => double.IsNaN(value) ? "" : Table.Number(value);
}
