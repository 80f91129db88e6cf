package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

// One producer for each cluster and way of choosing queues, started at first use.
type producers struct {
	mutex   sync.Mutex
	started map[string]rocketmq.Producer
}

func newProducers() *producers {
	return &producers{started: map[string]rocketmq.Producer{}}
}

func options(nameServer, group string) []producer.Option {
	return []producer.Option{
		producer.WithNsResolver(primitive.NewPassthroughResolver([]string{nameServer})),
		producer.WithGroupName(group),
		producer.WithInstanceName(group + nameServer),
	}
}

func (p *producers) producer(nameServer string, selector producer.QueueSelector) (rocketmq.Producer, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	group := fmt.Sprintf("go-%T", selector)[len("go-*producer."):]
	key := nameServer + group
	if known := p.started[key]; known != nil {
		return known, nil
	}
	made, err := rocketmq.NewProducer(append(options(nameServer, group), producer.WithQueueSelector(selector))...)
	if err != nil {
		return nil, err
	}
	p.started[key] = made
	return made, made.Start()
}

// mode: sync, async, oneway, batch or orderly (by shardingKey).
func (p *producers) send(c command) (any, error) {
	selector := producer.NewRoundRobinQueueSelector()
	if c.Mode == "orderly" {
		selector = producer.NewHashQueueSelector()
	}
	via, err := p.producer(c.NameServer, selector)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	results := []object{}
	switch c.Mode {
	case "batch":
		var batch []*primitive.Message
		for _, one := range c.Messages {
			batch = append(batch, one.toSend())
		}
		result, err := via.SendSync(ctx, batch...)
		if err != nil {
			return nil, err
		}
		results = append(results, sent(result))
	case "oneway":
		for _, one := range c.Messages {
			if err := via.SendOneWay(ctx, one.toSend()); err != nil {
				return nil, err
			}
		}
	case "async":
		return sendAsync(ctx, via, c.Messages)
	default:
		for _, one := range c.Messages {
			result, err := via.SendSync(ctx, one.toSend())
			if err != nil {
				return nil, err
			}
			results = append(results, sent(result))
		}
	}
	return results, nil
}

func sendAsync(ctx context.Context, via rocketmq.Producer, messages []message) (any, error) {
	results := make([]object, len(messages))
	failures := make(chan error, len(messages))
	for i, one := range messages {
		err := via.SendAsync(ctx, func(_ context.Context, result *primitive.SendResult, err error) {
			if err == nil {
				results[i] = sent(result)
			}
			failures <- err
		}, one.toSend())
		if err != nil {
			return nil, err
		}
	}
	for range messages {
		if err := <-failures; err != nil {
			return nil, err
		}
	}
	return results, nil
}
