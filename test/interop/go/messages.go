package main

import (
	"strings"

	"github.com/apache/rocketmq-client-go/v2/primitive"
)

// A message as the test writes and reads it; the names are those of the project's own types.
type message struct {
	Topic       string            `json:"topic"`
	Body        []byte            `json:"body"`
	Tag         string            `json:"tag,omitempty"`
	Keys        []string          `json:"keys"`
	Flag        int32             `json:"flag"`
	Properties  map[string]string `json:"properties"`
	DelayLevel  int               `json:"delayLevel,omitempty"`
	ShardingKey string            `json:"shardingKey,omitempty"`

	MessageID                 string `json:"messageId,omitempty"`
	QueueID                   int    `json:"queueId"`
	QueueOffset               int64  `json:"queueOffset"`
	PhysicalOffset            int64  `json:"physicalOffset"`
	ReconsumeTimes            int32  `json:"reconsumeTimes"`
	BornTimestamp             int64  `json:"bornTimestamp"`
	StoreTimestamp            int64  `json:"storeTimestamp"`
	PreparedTransactionOffset int64  `json:"preparedTransactionOffset"`
	TransactionID             string `json:"transactionId,omitempty"`
}

func (m message) toSend() *primitive.Message {
	out := primitive.NewMessage(m.Topic, m.Body)
	out.Flag = m.Flag
	for name, value := range m.Properties {
		out.WithProperty(name, value)
	}
	if m.Tag != "" {
		out.WithTag(m.Tag)
	}
	if len(m.Keys) > 0 {
		out.WithKeys(m.Keys)
	}
	if m.DelayLevel != 0 {
		out.WithDelayTimeLevel(m.DelayLevel)
	}
	if m.ShardingKey != "" {
		out.WithShardingKey(m.ShardingKey)
	}
	return out
}

func received(in *primitive.MessageExt) message {
	return message{
		Topic:                     in.Topic,
		Body:                      in.Body,
		Tag:                       in.GetTags(),
		Keys:                      strings.Fields(in.GetKeys()),
		Flag:                      in.Flag,
		Properties:                in.GetProperties(),
		MessageID:                 in.MsgId,
		QueueID:                   in.Queue.QueueId,
		QueueOffset:               in.QueueOffset,
		PhysicalOffset:            in.CommitLogOffset,
		ReconsumeTimes:            in.ReconsumeTimes,
		BornTimestamp:             in.BornTimestamp,
		StoreTimestamp:            in.StoreTimestamp,
		PreparedTransactionOffset: in.PreparedTransactionOffset,
		TransactionID:             in.TransactionId,
	}
}

func sent(result *primitive.SendResult) object {
	out := object{
		"status":          "SEND_OK",
		"messageId":       result.MsgID,
		"offsetMessageId": result.OffsetMsgID,
		"queueOffset":     result.QueueOffset,
		"transactionId":   result.TransactionID,
		"regionId":        result.RegionID,
		"traceOn":         result.TraceOn,
	}
	if result.Status != primitive.SendOK {
		out["status"] = result.Status
	}
	if result.MessageQueue != nil {
		queue := result.MessageQueue
		out["queue"] = object{"topic": queue.Topic, "brokerName": queue.BrokerName, "queueId": queue.QueueId}
	}
	return out
}
