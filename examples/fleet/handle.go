package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const fetchTime = time.Second

// handle takes its share of the changes from the stream. The holder of the lease leaves them to the others for a while, so
// that they have no handler that may die in the middle of a takeover.
func (r *replica) handle(ctx context.Context, stream jetstream.Stream) error {
	consumer, err := stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable:   consumerName,
		AckPolicy: jetstream.AckExplicitPolicy,
	})
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		if r.holding.Load() && !r.isAlone(ctx, consumer) {
			sleep(ctx, fetchTime)
			continue
		}
		if err := r.handleOne(ctx, consumer); err != nil {
			r.log.Warn("a change cannot be handled now", "error", err)
			sleep(ctx, retryTime)
		}
	}
	return ctx.Err()
}

// isAlone reports whether no other replica waits for changes.
func (r *replica) isAlone(ctx context.Context, consumer jetstream.Consumer) bool {
	info, err := consumer.Info(ctx)
	return err == nil && info.NumWaiting == 0
}

// handleOne prints a change. A service would send its mail here, or write its row: a handler that dies before the
// acknowledgement is followed by another with the same change, so what it does is keyed by device and number.
func (r *replica) handleOne(ctx context.Context, consumer jetstream.Consumer) error {
	message, err := consumer.Next(jetstream.FetchMaxWait(fetchTime))
	if errors.Is(err, nats.ErrTimeout) {
		return nil
	}
	if err != nil {
		return err
	}
	var next change
	if err := json.Unmarshal(message.Data(), &next); err != nil {
		return errors.Join(err, message.Term())
	}
	if _, err := fmt.Fprintln(r.out, next); err != nil {
		return err
	}
	return message.DoubleAck(ctx)
}

// String is a line for people and for scripts.
func (c change) String() string {
	status := string(c.Status)
	if c.Removed {
		status = "REMOVED"
	}
	before := "-"
	if c.Previous != nil {
		before = string(*c.Previous)
	}
	return fmt.Sprintf("device=%d change=%d from=%s to=%s name=%q", c.ID, c.Number, before, status, c.Name)
}
