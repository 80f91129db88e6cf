package interop;

import com.alibaba.fastjson.JSONObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.RequestCallback;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Everything that sends. One producer for each group and cluster, started at first use. */
final class Producers {
  private final Map<String, TransactionMQProducer> started = new ConcurrentHashMap<>();
  /** By transaction id: what a check is to be answered. */
  private final Map<String, String> checkAnswers = new ConcurrentHashMap<>();

  /** mode: sync, async, oneway, batch, orderly (by shardingKey) or queue (by queueId). */
  List<JSONObject> send(JSONObject arguments) throws Exception {
    DefaultMQProducer producer = producer(arguments);
    List<JSONObject> written = arguments.getJSONArray("messages").toJavaList(JSONObject.class);
    List<Message> messages = new ArrayList<>();
    for (JSONObject json : written) messages.add(Messages.fromJson(json));
    List<JSONObject> results = new ArrayList<>();
    switch (Json.text(arguments, "mode", "sync")) {
      case "sync":
        for (Message message : messages) results.add(Messages.toJson(producer.send(message)));
        break;
      case "async":
        List<CompletableFuture<SendResult>> waiting = new ArrayList<>();
        for (Message message : messages) waiting.add(sendAsync(producer, message));
        for (CompletableFuture<SendResult> one : waiting) results.add(Messages.toJson(one.get()));
        break;
      case "oneway":
        for (Message message : messages) producer.sendOneway(message);
        break;
      case "batch":
        results.add(Messages.toJson(producer.send(messages)));
        break;
      case "orderly":
        for (int i = 0; i < messages.size(); i++) {
          String key = written.get(i).getString("shardingKey");
          SendResult result = producer.send(
              messages.get(i),
              (queues, message, by) -> queues.get(Math.floorMod(by.hashCode(), queues.size())),
              key);
          results.add(Messages.toJson(result));
        }
        break;
      case "queue":
        for (int i = 0; i < messages.size(); i++) {
          JSONObject queue = written.get(i).getJSONObject("queue");
          results.add(Messages.toJson(producer.send(messages.get(i), Messages.queue(queue))));
        }
        break;
      default:
        throw new IllegalArgumentException("unknown mode " + arguments.getString("mode"));
    }
    return results;
  }

  /** decide: what the local transaction says (COMMIT, ROLLBACK, UNKNOWN); answer: what a later check is told. */
  List<JSONObject> transaction(JSONObject arguments) throws Exception {
    TransactionMQProducer producer = producer(arguments);
    List<JSONObject> results = new ArrayList<>();
    for (JSONObject json : arguments.getJSONArray("messages").toJavaList(JSONObject.class)) {
      SendResult result = producer.sendMessageInTransaction(Messages.fromJson(json), arguments);
      results.add(Messages.toJson(result));
    }
    return results;
  }

  /**
   * Request and reply: resolves with the reply. By callback, because the waiting form of 5.3.3 gives up
   * as soon as the request is sent, unless the reply was faster; the callback is called at that moment too,
   * with null, and once more with the reply.
   */
  JSONObject request(JSONObject arguments) throws Exception {
    Message message = Messages.fromJson(arguments.getJSONObject("message"));
    CompletableFuture<Message> reply = new CompletableFuture<>();
    RequestCallback settle =
        new RequestCallback() {
          @Override
          public void onSuccess(Message answer) {
            if (answer != null) reply.complete(answer);
          }

          @Override
          public void onException(Throwable error) {
            reply.completeExceptionally(error);
          }
        };
    producer(arguments).request(message, settle, Json.whole(arguments, "timeoutMs", 5_000));
    return Json.of(
        "body", Base64.getEncoder().encodeToString(reply.get().getBody()), "properties", reply.get().getProperties());
  }

  TransactionMQProducer producer(JSONObject arguments) throws MQClientException {
    String nameServer = arguments.getString("nameServer");
    String group = Json.text(arguments, "group", "probe-producer");
    synchronized (started) {
      TransactionMQProducer known = started.get(nameServer + " " + group);
      if (known != null) return known;
      TransactionMQProducer producer = new TransactionMQProducer(group);
      Clients.configure(producer, nameServer, null);
      if (arguments.containsKey("compressType")) Clients.setEnum(producer, "setCompressType", arguments.getString("compressType"));
      if (arguments.containsKey("compressOver")) {
        producer.setCompressMsgBodyOverHowmuch(arguments.getIntValue("compressOver"));
      }
      producer.setTransactionListener(new ScriptedTransactions());
      producer.start();
      started.put(nameServer + " " + group, producer);
      return producer;
    }
  }

  void stop() {
    started.values().forEach(DefaultMQProducer::shutdown);
  }

  private static CompletableFuture<SendResult> sendAsync(DefaultMQProducer producer, Message message)
      throws Exception {
    CompletableFuture<SendResult> future = new CompletableFuture<>();
    producer.send(
        message,
        new SendCallback() {
          @Override
          public void onSuccess(SendResult result) {
            future.complete(result);
          }

          @Override
          public void onException(Throwable error) {
            future.completeExceptionally(error);
          }
        });
    return future;
  }

  private final class ScriptedTransactions implements TransactionListener {
    @Override
    public LocalTransactionState executeLocalTransaction(Message message, Object arguments) {
      JSONObject script = (JSONObject) arguments;
      checkAnswers.put(message.getTransactionId(), Json.text(script, "answer", "UNKNOWN"));
      return state(script.getString("decide"));
    }

    @Override
    public LocalTransactionState checkLocalTransaction(MessageExt message) {
      Lines.write(Json.of("event", "check", "message", Messages.toJson(message)));
      return state(checkAnswers.getOrDefault(message.getTransactionId(), "UNKNOWN"));
    }

    private LocalTransactionState state(String name) {
      switch (name) {
        case "COMMIT":
          return LocalTransactionState.COMMIT_MESSAGE;
        case "ROLLBACK":
          return LocalTransactionState.ROLLBACK_MESSAGE;
        default:
          return LocalTransactionState.UNKNOW;
      }
    }
  }
}
