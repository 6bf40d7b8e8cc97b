package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/whatspie-go/whatspie"
)

// statusRemoved is the published status of a removed device.
const statusRemoved whatspie.PairedStatus = "REMOVED"

// change is a message with the new state of a device. The changes of each device are numbered.
type change struct {
	Device   int64                 `json:"device"`
	Number   uint64                `json:"number"`
	Name     string                `json:"name"`
	Status   whatspie.PairedStatus `json:"status"`
	Previous whatspie.PairedStatus `json:"previous,omitempty"` // empty for a new device
}

// publisher writes to the stream for the holder of the lease. Other replicas cannot write to it.
type publisher struct {
	*replica

	sequence uint64           // of the last message in the stream
	last     map[int64]change // last published change by device
	seen     map[int64]bool   // devices that this watch has reported
}

// watch publishes changes, starting with those since the previous publisher. It ends without an error if it cannot
// publish: the next holder, possibly this replica, continues from the stream.
func (r *replica) watch(ctx context.Context) error {
	p, err := r.newPublisher(ctx)
	if err != nil {
		r.log.Warn("cannot read the stream", "error", err)
		return nil
	}
	for event, err := range r.client.Devices.Watch(ctx) {
		if err != nil {
			return err
		}
		if err := p.handle(ctx, event); err != nil {
			r.log.Warn("cannot publish", "error", err)
			return nil
		}
	}
	return nil
}

// newPublisher announces this replica in the stream and reads the last change of each device. A former holder that did
// not notice the loss of its lease, for example after a long pause, does not know the announcement's sequence, so its
// messages are rejected.
func (r *replica) newPublisher(ctx context.Context) (*publisher, error) {
	ack, err := r.js.Publish(ctx, holderSubject, []byte(r.name))
	if err != nil {
		return nil, err
	}
	p := &publisher{replica: r, sequence: ack.Sequence, last: map[int64]change{}, seen: map[int64]bool{}}
	consumer, err := r.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy,
	})
	if err != nil {
		return nil, err
	}
	messages, err := consumer.Messages()
	if err != nil {
		return nil, err
	}
	defer messages.Stop()
	for { // until the announcement
		message, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return nil, err
		}
		metadata, err := message.Metadata()
		if err != nil || metadata.Sequence.Stream >= p.sequence {
			return p, err
		}
		var c change
		if err := json.Unmarshal(message.Data(), &c); err != nil {
			return nil, err
		}
		p.last[c.Device] = c
	}
}

func (p *publisher) handle(ctx context.Context, event whatspie.WatchEvent) error {
	switch event.Kind {
	case whatspie.WatchDevice, whatspie.WatchAdded, whatspie.WatchChanged:
		return p.publish(ctx, event.Device, event.Device.PairedStatus)
	case whatspie.WatchRemoved:
		return p.publish(ctx, event.Device, statusRemoved)
	case whatspie.WatchSynced:
		return p.publishRemoved(ctx)
	case whatspie.WatchRetry:
		p.log.Warn("a poll failed", "error", event.Err)
	}
	return nil
}

// publishRemoved publishes the devices that were removed while no replica was watching. They are in the stream, but not
// in the API.
func (p *publisher) publishRemoved(ctx context.Context) error {
	for id, known := range p.last {
		if p.seen[id] || known.Status == statusRemoved {
			continue
		}
		device, err := p.client.Devices.Get(ctx, id) // a single list could lack it by mistake
		switch {
		case err == nil:
			err = p.publish(ctx, device, device.PairedStatus)
		case errors.Is(err, whatspie.ErrDeviceNotFound):
			err = p.publish(ctx, &whatspie.Device{ID: id, Name: known.Name}, statusRemoved)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// publish adds a change to the stream unless the stream already has it.
func (p *publisher) publish(ctx context.Context, device *whatspie.Device, status whatspie.PairedStatus) error {
	p.seen[device.ID] = true
	last := p.last[device.ID]
	next := change{Device: device.ID, Number: last.Number + 1, Name: device.Name, Status: status, Previous: last.Status}
	if last.Number > 0 && next.Status == last.Status && next.Name == last.Name {
		return nil
	}
	body, err := json.Marshal(next)
	if err != nil {
		return err
	}
	ack, err := p.js.Publish(ctx, fmt.Sprintf("whatspie.devices.%d", next.Device), body,
		jetstream.WithMsgID(fmt.Sprintf("%d/%d", next.Device, next.Number)), // the same for every publisher
		jetstream.WithExpectLastSequence(p.sequence))
	if err != nil {
		return err
	}
	p.sequence, p.last[next.Device] = ack.Sequence, next
	return nil
}
