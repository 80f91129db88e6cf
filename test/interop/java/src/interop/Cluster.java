package interop;

import com.alibaba.fastjson.JSONObject;
import java.io.FileInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.rocketmq.broker.BrokerController;
import org.apache.rocketmq.broker.BrokerStartup;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.namesrv.NamesrvConfig;
import org.apache.rocketmq.namesrv.NamesrvController;
import org.apache.rocketmq.remoting.netty.NettyClientConfig;
import org.apache.rocketmq.remoting.netty.NettyRemotingClient;
import org.apache.rocketmq.remoting.netty.NettyServerConfig;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;

/**
 * Apache's name server, broker or both in this process. The one argument is a broker.conf with a few
 * properties of our own: nameServerPort starts a name server, brokerName a broker. Prints
 * `{event: "ready"}` when both answer; writes the consumers' offsets down at each line it is given;
 * stops cleanly when its input ends.
 */
public final class Cluster {
  private static final int GET_ROUTEINFO_BY_TOPIC = 105;

  private Cluster() {}

  public static void main(String[] args) {
    Lines.takeStandardOutput();
    try {
      run(args);
    } catch (Throwable error) {
      error.printStackTrace();
      // Apache's threads would keep a half started process alive.
      Runtime.getRuntime().halt(1);
    }
  }

  private static void run(String[] args) throws Exception {
    Properties properties = new Properties();
    try (FileInputStream file = new FileInputStream(args[0])) {
      properties.load(file);
    }
    NamesrvController nameServer =
        properties.containsKey("nameServerPort") ? startNameServer(properties) : null;
    BrokerController broker = properties.containsKey("brokerName") ? startBroker(args[0], properties) : null;
    Lines.write(Json.of("event", "ready"));
    for (JSONObject line = Lines.read(); line != null; line = Lines.read()) {
      // The one thing it is asked for, before it is killed: a clean end takes it over ten seconds.
      if (broker != null) broker.getConsumerOffsetManager().persist();
      Lines.write(Json.of("event", "persisted"));
    }
    if (broker != null) broker.shutdown();
    if (nameServer != null) nameServer.shutdown();
    Lines.write(Json.of("event", "stopped"));
    // The broker's shutdown hook would stop it once more.
    Runtime.getRuntime().halt(0);
  }

  private static NamesrvController startNameServer(Properties properties) throws Exception {
    NamesrvConfig config = new NamesrvConfig();
    NettyServerConfig server = new NettyServerConfig();
    MixAll.properties2Object(properties, config);
    MixAll.properties2Object(properties, server);
    server.setListenPort(Integer.parseInt(properties.getProperty("nameServerPort")));
    NamesrvController controller = new NamesrvController(config, server);
    if (!controller.initialize()) throw new IllegalStateException("the name server did not start");
    controller.start();
    return controller;
  }

  private static BrokerController startBroker(String file, Properties properties) throws Exception {
    prepareHome(Path.of(properties.getProperty("rocketmqHome")));
    BrokerController controller = BrokerStartup.createBrokerController(new String[] {"-c", file});
    controller.start();
    awaitRegistration(controller, properties);
    return controller;
  }

  /**
   * 5.x knows its name servers only some moments after its start, and else announces itself after
   * ten seconds. Every broker has a topic of its own name.
   */
  private static void awaitRegistration(BrokerController controller, Properties properties) throws Exception {
    NettyRemotingClient client = new NettyRemotingClient(new NettyClientConfig());
    client.start();
    long deadline = System.currentTimeMillis() + 15_000;
    for (String nameServer : properties.getProperty("namesrvAddr").split(";")) {
      while (!routesTo(client, nameServer, properties.getProperty("brokerName"))) {
        if (System.currentTimeMillis() > deadline) throw new IllegalStateException("not registered at " + nameServer);
        Thread.sleep(20);
        controller.registerBrokerAll(true, false, true);
      }
    }
    client.shutdown();
  }

  private static boolean routesTo(NettyRemotingClient client, String nameServer, String topic) {
    RemotingCommand request = RemotingCommand.createRequestCommand(GET_ROUTEINFO_BY_TOPIC, null);
    request.addExtField("topic", topic);
    try {
      return client.invokeSync(nameServer, request, 3_000).getCode() == 0;
    } catch (Exception notYet) {
      return false;
    }
  }

  /** 4.9 reads its logging from a file below its home and doesn't start without it; and its access control, by this property. */
  private static void prepareHome(Path home) throws Exception {
    System.setProperty("rocketmq.home.dir", home.toString());
    Path conf = Files.createDirectories(home.resolve("conf"));
    String quiet = "<configuration><root level=\"OFF\"/></configuration>";
    Files.write(conf.resolve("logback_broker.xml"), quiet.getBytes(StandardCharsets.UTF_8));
  }
}
