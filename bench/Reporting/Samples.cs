using Coordination.Bench.Load;

namespace Coordination.Bench.Reporting;

/// <summary>The repeated drives of one cell of one server; every figure is a median of its own.</summary>
internal sealed class Samples
{
    private readonly List<Sample> _all = [];

    public void Add(Sample sample) => _all.Add(sample);

    public double PerSecond => Median(sample => sample.PerSecond);

    public double P50 => Median(sample => sample.P50);

    public double P99 => Median(sample => sample.P99);

    public double P999 => Median(sample => sample.P999);

    public double ServerCpu => Median(sample => sample.ServerCpu);

    public double Switches => Median(sample => sample.Switches);

    public double GeneratorLoad => Median(sample => sample.GeneratorLoad);

    public double ResidentMegabytes => Median(sample => sample.ResidentBytes) / (1024 * 1024);

    private double Median(Func<Sample, double> figure)
    {
        double[] sorted = [.. _all.Select(figure).Order()];
        if (sorted.Length == 0)
            return double.NaN;
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
