return await Coordination.Server.Hosting.StandaloneProgram.RunAsync(args);
