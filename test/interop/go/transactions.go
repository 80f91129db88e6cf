package main

import (
	"context"
	"strings"
	"sync"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

// Transaction producers, one for each cluster, and what is to become of their messages, by first key.
type transactions struct {
	mutex   sync.Mutex
	started map[string]rocketmq.TransactionProducer
	scripts sync.Map
}

func newTransactions() *transactions {
	return &transactions{started: map[string]rocketmq.TransactionProducer{}}
}

type script struct{ decide, answer string }

func (t *transactions) send(c command) (any, error) {
	via, err := t.producer(c.NameServer, c.Group)
	if err != nil {
		return nil, err
	}
	results := []object{}
	for _, one := range c.Messages {
		t.scripts.Store(one.Keys[0], script{c.Decide, c.Answer})
		result, err := via.SendMessageInTransaction(context.Background(), one.toSend())
		if err != nil {
			return nil, err
		}
		results = append(results, sent(result.SendResult))
	}
	return results, nil
}

func (t *transactions) producer(nameServer, group string) (rocketmq.TransactionProducer, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if known := t.started[nameServer]; known != nil {
		return known, nil
	}
	made, err := rocketmq.NewTransactionProducer(t, options(nameServer, group)...)
	if err != nil {
		return nil, err
	}
	t.started[nameServer] = made
	return made, made.Start()
}

func (t *transactions) ExecuteLocalTransaction(message *primitive.Message) primitive.LocalTransactionState {
	return state(t.scriptOf(message).decide)
}

func (t *transactions) CheckLocalTransaction(asked *primitive.MessageExt) primitive.LocalTransactionState {
	write(object{"event": "check", "message": received(asked)})
	return state(t.scriptOf(&asked.Message).answer)
}

func (t *transactions) scriptOf(message *primitive.Message) script {
	found, _ := t.scripts.Load(strings.Fields(message.GetKeys())[0])
	written, _ := found.(script)
	return written
}

func state(name string) primitive.LocalTransactionState {
	switch name {
	case "COMMIT":
		return primitive.CommitMessageState
	case "ROLLBACK":
		return primitive.RollbackMessageState
	default:
		return primitive.UnknowState
	}
}
