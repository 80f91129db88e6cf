package interop;

import org.apache.rocketmq.client.ClientConfig;

/** What all clients of the probe have in common. */
final class Clients {
  private Clients() {}

  /**
   * Clients of one cluster share connections and threads, as Apache's do by their instance name;
   * with `instance` one gets its own, as if it were another process.
   */
  static void configure(ClientConfig client, String nameServer, String instance) {
    client.setNamesrvAddr(nameServer);
    client.setInstanceName("probe-" + nameServer.replaceAll("[^0-9]", "-") + (instance == null ? "" : "-" + instance));
    // New topics and brokers are seen soon: a test doesn't wait for half a minute.
    client.setPollNameServerInterval(1_000);
    client.setHeartbeatBrokerInterval(3_000);
  }

  /** The enums that a setter takes lie in other packages in 4.9 than in 5.x. */
  static void setEnum(Object target, String setter, String constant) {
    for (var method : target.getClass().getMethods()) {
      if (!method.getName().equals(setter)) continue;
      for (Object value : method.getParameterTypes()[0].getEnumConstants()) {
        if (!((Enum<?>) value).name().equals(constant)) continue;
        try {
          method.invoke(target, value);
          return;
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException(setter + "(" + constant + ")", e);
        }
      }
    }
    throw new IllegalArgumentException("no " + setter + "(" + constant + ")");
  }
}
