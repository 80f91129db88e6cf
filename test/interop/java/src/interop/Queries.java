package interop;

import com.alibaba.fastjson.JSONObject;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.QueryResult;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageQueue;

/** What any client may ask about stored messages. */
final class Queries {
  private final Producers producers;

  Queries(Producers producers) {
    this.producers = producers;
  }

  JSONObject view(JSONObject arguments) throws Exception {
    DefaultMQProducer client = producers.producer(arguments);
    return Messages.toJson(client.viewMessage(arguments.getString("topic"), arguments.getString("messageId")));
  }

  List<JSONObject> byKey(JSONObject arguments) throws Exception {
    QueryResult found =
        producers
            .producer(arguments)
            .queryMessage(
                arguments.getString("topic"),
                arguments.getString("key"),
                Json.integer(arguments, "max", 32),
                Json.whole(arguments, "begin", 0),
                Json.whole(arguments, "end", Long.MAX_VALUE));
    return found.getMessageList().stream().map(Messages::toJson).collect(Collectors.toList());
  }

  List<JSONObject> queues(JSONObject arguments) throws Exception {
    return producers.producer(arguments).fetchPublishMessageQueues(arguments.getString("topic")).stream()
        .map(Messages::toJson)
        .collect(Collectors.toList());
  }

  JSONObject offsets(JSONObject arguments) throws Exception {
    DefaultMQProducer client = producers.producer(arguments);
    MessageQueue queue = Messages.queue(arguments.getJSONObject("queue"));
    JSONObject offsets = Json.of(
        "min", client.minOffset(queue),
        "max", client.maxOffset(queue),
        "earliestStoreTime", client.earliestMsgStoreTime(queue));
    if (arguments.containsKey("timestamp")) {
      offsets.put("atTimestamp", client.searchOffset(queue, arguments.getLongValue("timestamp")));
    }
    return offsets;
  }
}
