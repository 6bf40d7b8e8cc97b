package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/whatspie-go/whatspie"
)

// published is the last change of a device in the stream.
type published struct {
	change

	sequence uint64
}

// watch publishes every change of the fleet, beginning with what happened while nobody watched.
func (r *replica) watch(ctx context.Context, stream jetstream.Stream) error {
	last, err := lastPublished(ctx, stream)
	if err != nil {
		return err
	}
	seen := map[int64]bool{}
	for event, err := range r.client.Devices.Watch(ctx) {
		if err == nil {
			err = r.publishEvent(ctx, event, last, seen)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *replica) publishEvent(ctx context.Context, event whatspie.WatchEvent, last map[int64]published, seen map[int64]bool) error {
	switch event.Kind {
	case whatspie.WatchDevice, whatspie.WatchAdded, whatspie.WatchChanged:
		seen[event.Device.ID] = true
		return r.publish(ctx, last, change{ID: event.Device.ID, Name: event.Device.Name, Status: event.Device.PairedStatus})
	case whatspie.WatchRemoved:
		return r.publish(ctx, last, change{ID: event.Device.ID, Name: event.Device.Name, Status: event.Device.PairedStatus, Removed: true})
	case whatspie.WatchSynced:
		return r.publishRemoved(ctx, last, seen)
	case whatspie.WatchRetry:
		r.log.Warn("a poll failed", "error", event.Err)
	}
	return nil
}

// publishRemoved finds what was removed while nobody watched: it was published once, and the API no longer shows it.
func (r *replica) publishRemoved(ctx context.Context, last map[int64]published, seen map[int64]bool) error {
	for id, known := range last {
		if seen[id] || known.Removed {
			continue
		}
		gone := known.change
		gone.Removed = true
		if err := r.publish(ctx, last, gone); err != nil {
			return err
		}
	}
	return nil
}

// publish adds a change to the stream, unless it is there already. The expected sequence fences off a holder that has lost
// its lease without noticing; the message ID drops what was sent twice.
func (r *replica) publish(ctx context.Context, last map[int64]published, next change) error {
	before, known := last[next.ID]
	if known && before.Status == next.Status && before.Name == next.Name && before.Removed == next.Removed {
		return nil
	}
	next.Number = before.Number + 1
	if known {
		next.Previous = &before.Status
	}
	body, err := json.Marshal(next)
	if err != nil {
		return err
	}
	ack, err := r.js.Publish(ctx, next.subject(), body,
		jetstream.WithMsgID(next.messageID()), jetstream.WithExpectLastSequencePerSubject(before.sequence))
	var refused *jetstream.APIError
	switch {
	case errors.As(err, &refused) && refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence:
		return errStale
	case err != nil:
		return fmt.Errorf("publish: %w", err)
	}
	last[next.ID] = published{next, ack.Sequence}
	return nil
}

// lastPublished reads the last change of each device from the stream.
func lastPublished(ctx context.Context, stream jetstream.Stream) (map[int64]published, error) {
	last := map[int64]published{}
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{subjectPrefix + "*"},
		DeliverPolicy:  jetstream.DeliverLastPerSubjectPolicy,
	})
	if err != nil {
		return nil, err
	}
	info, err := consumer.Info(ctx)
	if err != nil {
		return nil, err
	}
	for pending := info.NumPending; pending > 0; {
		message, err := consumer.Next(jetstream.FetchMaxWait(leaseTime))
		if err != nil {
			return nil, err
		}
		metadata, err := message.Metadata()
		if err != nil {
			return nil, err
		}
		pending = metadata.NumPending
		var one published
		if err := json.Unmarshal(message.Data(), &one.change); err != nil {
			return nil, err
		}
		one.sequence = metadata.Sequence.Stream
		last[one.ID] = one
	}
	return last, nil
}
