"""Apache's C++ client by its Python binding, driven by a test as test/interop/java's Probe is: reads
commands as JSON lines {id, command, ...}, answers each with {id, result} or {id, error}, reports
messages as events. Ends when its input ends."""

import base64
import json
import os
import sys
import threading

from rocketmq.client import Message, Producer, PushConsumer

lock = threading.Lock()
producers = {}
consumers = {}


def write(line):
    with lock:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def producer_of(command):
    name_server = command["nameServer"]
    if name_server not in producers:
        producer = Producer("python-producer")
        producer.set_namesrv_addr(name_server)
        producer.start()
        producers[name_server] = producer
    return producers[name_server]


def message_to_send(given):
    message = Message(given["topic"])
    # The binding takes a text that ends at its first zero byte.
    message.set_body(base64.b64decode(given["body"]))
    message.set_keys(" ".join(given["keys"]))
    if "tag" in given:
        message.set_tags(given["tag"])
    if "delayLevel" in given:
        message.set_delay_time_level(given["delayLevel"])
    for name, value in given["properties"].items():
        message.set_property(name, value)
    return message


def send(command):
    producer = producer_of(command)
    results = []
    for given in command["messages"]:
        message = message_to_send(given)
        if command["mode"] == "orderly":
            result = producer.send_orderly(message, int(given["shardingKey"].split("-")[1]))
        else:
            result = producer.send_sync(message)
        results.append({"status": "SEND_OK" if result.status == 0 else str(result.status), "messageId": result.msg_id})
    return results


def received(message):
    properties = {name: message[name].decode() for name in ("index", "word", "UNIQ_KEY") if message[name]}
    return {
        "topic": message.topic,
        "body": base64.b64encode(message.body).decode(),
        "tag": message.tags.decode(),
        "keys": message.keys.decode().split(" "),
        "flag": 0,
        "properties": properties,
        "messageId": message.id,
        "queueId": message.queue_id,
        "queueOffset": message.queue_offset,
        "physicalOffset": message.commit_log_offset,
        "reconsumeTimes": message.reconsume_times,
        "bornTimestamp": message.born_timestamp,
        "storeTimestamp": message.store_timestamp,
        "preparedTransactionOffset": message.prepared_transaction_offset,
    }


def consume(command):
    name = command["consumer"]
    consumer = PushConsumer(command["group"], orderly=command.get("mode") == "orderly")
    consumer.set_namesrv_addr(command["nameServer"])

    def listen(message):
        write({"event": "message", "consumer": name, "message": received(message)})

    for topic in command["topics"]:
        consumer.subscribe(topic, listen, command.get("expression", "*"))
    consumer.start()
    consumers[name] = consumer


def stop(command):
    consumer = consumers.pop(command["consumer"], None)
    if consumer:
        consumer.shutdown()


commands = {"send": send, "consume": consume, "stop": stop}


def run(command):
    try:
        write({"id": command["id"], "result": commands[command["command"]](command)})
    except Exception as error:
        write({"id": command["id"], "error": repr(error)})


write({"event": "ready"})
for line in sys.stdin:
    threading.Thread(target=run, args=(json.loads(line),)).start()
# The binding's threads would keep the process alive.
os._exit(0)
