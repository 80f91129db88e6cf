package interop;

import com.alibaba.fastjson.JSONArray;
import com.alibaba.fastjson.JSONObject;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.common.BrokerConfig;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageExtBrokerInner;
import org.apache.rocketmq.store.DefaultMessageStore;
import org.apache.rocketmq.store.PutMessageResult;
import org.apache.rocketmq.store.config.MessageStoreConfig;
import org.apache.rocketmq.store.stats.BrokerStatsManager;

/**
 * Apache's store without its broker, so that the test says what hosts a message has. The one argument
 * is the directory; `put`, `get` and `query` come as lines, each is answered by a line, and the end
 * of the input stops the store cleanly.
 */
public final class Store5 {
  private Store5() {}

  public static void main(String[] args) {
    Lines.takeStandardOutput();
    try {
      run(args[0]);
      Runtime.getRuntime().halt(0);
    } catch (Throwable error) {
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private static void run(String directory) throws Exception {
    MessageStoreConfig config = new MessageStoreConfig();
    config.setStorePathRootDir(directory);
    config.setStorePathCommitLog(directory + "/commitlog");
    config.setMappedFileSizeCommitLog(64 * 1024);
    config.setMappedFileSizeConsumeQueue(20 * 10);
    config.setMaxHashSlotNum(1000);
    config.setMaxIndexNum(400);
    config.setHaListenPort(0);
    BrokerConfig brokerConfig = new BrokerConfig();
    DefaultMessageStore store =
        new DefaultMessageStore(
            config,
            new BrokerStatsManager(brokerConfig),
            (topic, queueId, logicOffset, tagsCode, msgStoreTime, filterBitMap, properties) -> {},
            brokerConfig,
            new ConcurrentHashMap<>());
    if (!store.load()) throw new IllegalStateException("the store could not be loaded");
    store.start();
    Lines.write(Json.of("event", "ready"));
    for (JSONObject line = Lines.read(); line != null; line = Lines.read()) Lines.write(answer(store, line));
    store.shutdown();
  }

  private static JSONObject answer(DefaultMessageStore store, JSONObject line) throws Exception {
    switch (line.getString("command")) {
      case "put":
        return put(store, line);
      case "get":
        return messages(all(store, line.getString("topic"), line.getIntValue("queueId")));
      case "query":
        return messages(
            store
                .queryMessage(line.getString("topic"), line.getString("key"), 32, 0, Long.MAX_VALUE)
                .getMessageBufferList());
      default:
        throw new IllegalArgumentException(line.toString());
    }
  }

  private static JSONObject put(DefaultMessageStore store, JSONObject line) throws Exception {
    MessageExtBrokerInner message = new MessageExtBrokerInner();
    message.setTopic(line.getString("topic"));
    message.setQueueId(line.getIntValue("queueId"));
    message.setBody(Base64.getDecoder().decode(line.getString("body")));
    message.setBornTimestamp(System.currentTimeMillis());
    message.setBornHost(address(line.getJSONObject("bornHost")));
    message.setStoreHost(address(line.getJSONObject("storeHost")));
    line.getJSONObject("properties")
        .forEach((name, value) -> MessageAccessor.putProperty(message, name, (String) value));
    message.setPropertiesString(MessageDecoder.messageProperties2String(message.getProperties()));
    PutMessageResult result = store.putMessage(message);
    while (store.dispatchBehindBytes() > 0) Thread.sleep(1);
    return Json.of(
        "event", "put",
        "status", result.getPutMessageStatus().name(),
        "offsetMessageId", result.getAppendMessageResult().getMsgId());
  }

  /** One by one: how many an answer may hold depends on the memory of the machine. */
  private static List<ByteBuffer> all(DefaultMessageStore store, String topic, int queueId) throws Exception {
    List<ByteBuffer> buffers = new ArrayList<>();
    for (long offset = 0; offset < store.getMaxOffsetInQueue(topic, queueId); offset++) {
      buffers.addAll(store.getMessage("g", topic, queueId, offset, 1, null).getMessageBufferList());
    }
    return buffers;
  }

  private static InetSocketAddress address(JSONObject json) throws Exception {
    return new InetSocketAddress(InetAddress.getByName(json.getString("host")), json.getIntValue("port"));
  }

  private static JSONObject messages(List<ByteBuffer> buffers) {
    JSONArray messages = new JSONArray();
    for (ByteBuffer buffer : buffers) {
      MessageExt message = MessageDecoder.decode(buffer);
      messages.add(
          Json.of(
              "body", Base64.getEncoder().encodeToString(message.getBody()),
              "bornHost", json(message.getBornHost()),
              "storeHost", json(message.getStoreHost()),
              "offsetMessageId", message.getMsgId(),
              "queueOffset", message.getQueueOffset(),
              "properties", message.getProperties()));
    }
    return Json.of("event", "messages", "messages", messages);
  }

  private static JSONObject json(SocketAddress address) {
    InetSocketAddress inet = (InetSocketAddress) address;
    return Json.of(
        "ip", Base64.getEncoder().encodeToString(inet.getAddress().getAddress()), "port", inet.getPort());
  }
}
