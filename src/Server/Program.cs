return await Coordination.Server.Hosting.CommandLine.ServerCommandLine.RunAsync(args);
