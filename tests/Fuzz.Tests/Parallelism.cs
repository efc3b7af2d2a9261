// Each of the fuzzers takes every core it gets; together they would measure each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
