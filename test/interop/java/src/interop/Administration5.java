package interop;

import com.alibaba.fastjson.JSONObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.MessageRequestMode;
import org.apache.rocketmq.remoting.protocol.admin.ConsumeStats;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** Apache's admin client. */
final class Administration5 {
  private final Map<String, DefaultMQAdminExt> clients = new HashMap<>();

  /** On every master of the cluster; returns when the name server routes to it. */
  synchronized Object createTopic(JSONObject arguments) throws Exception {
    DefaultMQAdminExt client = client(arguments);
    int queues = Json.integer(arguments, "queues", 4);
    String topic = arguments.getString("topic");
    TopicConfig config = new TopicConfig(topic, queues, queues, Json.integer(arguments, "perm", 6));
    if (arguments.containsKey("attributes")) {
      arguments.getJSONObject("attributes").forEach((name, value) -> config.getAttributes().put(name, (String) value));
    }
    List<String> masters = masters(client);
    for (String address : masters) client.createAndUpdateTopicConfig(address, config);
    long deadline = System.currentTimeMillis() + 10_000;
    while (!isRouted(client, topic, masters.size())) {
      if (System.currentTimeMillis() > deadline) throw new IllegalStateException("no route to " + topic);
      Thread.sleep(10);
    }
    return null;
  }

  synchronized Object createGroup(JSONObject arguments) throws Exception {
    DefaultMQAdminExt client = client(arguments);
    SubscriptionGroupConfig config = new SubscriptionGroupConfig();
    config.setGroupName(arguments.getString("group"));
    config.setRetryMaxTimes(Json.integer(arguments, "retryMaxTimes", 16));
    config.setConsumeEnable(!Json.flag(arguments, "disabled"));
    config.setConsumeMessageOrderly(Json.flag(arguments, "orderly"));
    for (String address : masters(client)) client.createAndUpdateSubscriptionGroupConfig(address, config);
    return null;
  }

  /** From now on the group's 5.x consumers pop the topic. */
  synchronized Object usePop(JSONObject arguments) throws Exception {
    DefaultMQAdminExt client = client(arguments);
    for (String address : masters(client)) {
      client.setMessageRequestMode(
          address, arguments.getString("topic"), arguments.getString("group"), MessageRequestMode.POP, 0, 5_000);
    }
    return null;
  }

  synchronized int resetOffset(JSONObject arguments) throws Exception {
    return client(arguments)
        .resetOffsetByTimestamp(
            arguments.getString("topic"), arguments.getString("group"), arguments.getLongValue("timestamp"), true)
        .size();
  }

  synchronized List<JSONObject> consumeStats(JSONObject arguments) throws Exception {
    ConsumeStats stats = client(arguments).examineConsumeStats(arguments.getString("group"));
    List<JSONObject> queues = new ArrayList<>();
    stats
        .getOffsetTable()
        .forEach(
            (queue, offsets) ->
                queues.add(
                    Json.of(
                        "queue", Messages.toJson(queue),
                        "brokerOffset", offsets.getBrokerOffset(),
                        "consumerOffset", offsets.getConsumerOffset())));
    return queues;
  }

  private DefaultMQAdminExt client(JSONObject arguments) throws Exception {
    String nameServer = arguments.getString("nameServer");
    DefaultMQAdminExt known = clients.get(nameServer);
    if (known != null) return known;
    DefaultMQAdminExt client = new DefaultMQAdminExt(5_000);
    Clients.configure(client, nameServer, "admin");
    client.start();
    clients.put(nameServer, client);
    return client;
  }

  private static List<String> masters(DefaultMQAdminExt client) throws Exception {
    List<String> addresses = new ArrayList<>();
    client.examineBrokerClusterInfo().getBrokerAddrTable().values().forEach(broker -> {
      String master = broker.getBrokerAddrs().get(0L);
      if (master != null) addresses.add(master);
    });
    return addresses;
  }

  private static boolean isRouted(DefaultMQAdminExt client, String topic, int brokers) {
    try {
      TopicRouteData route = client.examineTopicRouteInfo(topic);
      return route.getQueueDatas().size() >= brokers;
    } catch (Exception notYet) {
      return false;
    }
  }
}
