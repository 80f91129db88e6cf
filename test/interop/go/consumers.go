package main

import (
	"context"
	"sync"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

// Push consumers. Each message they get is reported as an event, then settled as the command says.
type consumers struct {
	mutex   sync.Mutex
	started map[string]rocketmq.PushConsumer
}

func newConsumers() *consumers {
	return &consumers{started: map[string]rocketmq.PushConsumer{}}
}

func (all *consumers) start(c command) error {
	model := consumer.Clustering
	if c.Model == "BROADCASTING" {
		model = consumer.BroadCasting
	}
	options := []consumer.Option{
		consumer.WithNsResolver(primitive.NewPassthroughResolver([]string{c.NameServer})),
		consumer.WithGroupName(c.Group),
		consumer.WithInstance(c.Consumer),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
		consumer.WithConsumerModel(model),
		consumer.WithConsumerOrder(c.Mode == "orderly"),
	}
	if c.MaxReconsumeTimes != nil {
		options = append(options, consumer.WithMaxReconsumeTimes(*c.MaxReconsumeTimes))
	}
	made, err := rocketmq.NewPushConsumer(options...)
	if err != nil {
		return err
	}
	selector := consumer.MessageSelector{Type: consumer.TAG, Expression: c.Expression}
	if c.Expression == "" {
		selector.Expression = "*"
	}
	if c.Type == "SQL92" {
		selector.Type = consumer.SQL92
	}
	for _, topic := range c.Topics {
		if err := made.Subscribe(topic, selector, listener(c)); err != nil {
			return err
		}
	}
	if err := made.Start(); err != nil {
		return err
	}
	all.mutex.Lock()
	defer all.mutex.Unlock()
	all.started[c.Consumer] = made
	return nil
}

func (all *consumers) stop(name string) error {
	all.mutex.Lock()
	found := all.started[name]
	delete(all.started, name)
	all.mutex.Unlock()
	if found == nil {
		return nil
	}
	return found.Shutdown()
}

func listener(c command) func(context.Context, ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
	return func(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		fails := false
		for _, one := range messages {
			fails = fails || one.ReconsumeTimes < c.FailFirst
			write(object{"event": "message", "consumer": c.Consumer, "message": received(one)})
		}
		switch {
		case !fails:
			return consumer.ConsumeSuccess, nil
		case c.Mode == "orderly":
			return consumer.SuspendCurrentQueueAMoment, nil
		default:
			return consumer.ConsumeRetryLater, nil
		}
	}
}
