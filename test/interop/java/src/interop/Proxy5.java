package interop;

import com.alibaba.fastjson.JSON;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.rocketmq.proxy.ProxyStartup;
import org.apache.rocketmq.proxy.config.Configuration;

/**
 * Apache's gRPC proxy in cluster mode. The one argument is its configuration as JSON. Prints
 * `{event: "ready"}` when it listens; ends when its input ends.
 */
public final class Proxy5 {
  private Proxy5() {}

  public static void main(String[] args) throws Exception {
    Lines.takeStandardOutput();
    Path file = Files.createTempFile("rmq-proxy", ".json");
    Files.write(file, JSON.parseObject(args[0]).toJSONString().getBytes(StandardCharsets.UTF_8));
    System.setProperty(Configuration.CONFIG_PATH_PROPERTY, file.toString());
    ProxyStartup.main(new String[0]);
    Files.delete(file);
    Lines.write(Json.of("event", "ready"));
    while (Lines.read() != null) continue;
    Runtime.getRuntime().halt(0);
  }
}
