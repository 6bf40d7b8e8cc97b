package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const ackTime = 5 * time.Second

var errConsumerEnded = errors.New("the consumer ended")

// handle processes this replica's share of the changes, one at a time, until the context ends. It then finishes the
// current one.
func (r *replica) handle(ctx context.Context) error {
	logError := func(_ jetstream.ConsumeContext, err error) { r.log.Warn("cannot consume", "error", err) }
	consuming, err := r.consumer.Consume(r.handleOne, jetstream.PullMaxMessages(1), jetstream.ConsumeErrHandler(logError))
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		consuming.Drain()
		<-consuming.Closed()
		return nil
	case <-consuming.Closed():
		return errConsumerEnded
	}
}

// handleOne prints a change. A real service would write a row or send a mail, keyed by device and number: if it crashes
// before the acknowledgement, another replica gets the same change.
func (r *replica) handleOne(message jetstream.Msg) {
	var c change
	if err := json.Unmarshal(message.Data(), &c); err != nil {
		r.log.Error("invalid message", "subject", message.Subject(), "error", errors.Join(err, message.Term()))
		return
	}
	fmt.Println(c)
	ctx, cancel := context.WithTimeout(context.Background(), ackTime)
	defer cancel()
	if err := message.DoubleAck(ctx); err != nil {
		r.log.Warn("this change will be handled again", "device", c.Device, "number", c.Number, "error", err)
	}
}

func (c change) String() string {
	return fmt.Sprintf("device=%d change=%d from=%s to=%s name=%q", c.Device, c.Number, c.Previous, c.Status, c.Name)
}
