package whatspie

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strconv"

	"github.com/whatspie-go/whatspie/internal/poll"
)

// WatchEventKind says what a [WatchEvent] reports.
type WatchEventKind int

// The kinds of [WatchEvent]. Others may be added: ignore a kind you do not know.
const (
	// WatchDevice reports the state of a device in the first poll. [WithChangesOnly] leaves it out.
	WatchDevice WatchEventKind = iota + 1
	// WatchSynced reports that everything the API returned has been yielded. It follows the first complete poll, and the
	// first complete poll after WatchRetry, even if the account has no device.
	WatchSynced
	// WatchAdded reports a device that was not there before.
	WatchAdded
	// WatchChanged reports a device that differs from Previous.
	WatchChanged
	// WatchRemoved reports that the account no longer has the device, with its last state in Device.
	WatchRemoved
	// WatchRetry reports in Err that a poll failed. The loop continues.
	WatchRetry
)

// String returns the name of the constant.
func (k WatchEventKind) String() string {
	switch k {
	case WatchDevice:
		return "WatchDevice"
	case WatchSynced:
		return "WatchSynced"
	case WatchAdded:
		return "WatchAdded"
	case WatchChanged:
		return "WatchChanged"
	case WatchRemoved:
		return "WatchRemoved"
	case WatchRetry:
		return "WatchRetry"
	default:
		return fmt.Sprintf("WatchEventKind(%d)", int(k))
	}
}

// WatchEvent is one event of [DevicesService.Watch].
type WatchEvent struct {
	// Kind says what happened.
	Kind WatchEventKind
	// Device is the latest state of the device, the caller's own copy; nil for WatchSynced and WatchRetry.
	Device *Device
	// Previous is the state before the change, as the API returned it; nil for kinds other than WatchChanged.
	Previous *Device
	// Err is why the poll failed; nil for kinds other than WatchRetry.
	Err error
}

// WatchOption is an option of [DevicesService.Watch].
type WatchOption func(*watchConfig) error

type watchConfig struct {
	ids         map[int64]bool // nil for all
	changesOnly bool
	usage       bool
}

// WithDevices watches only these devices. Default: all devices of the account. An ID may also be a phone number. Watch
// then follows the first device seen with that number, even if its number changes later.
func WithDevices(ids ...int64) WatchOption {
	return func(c *watchConfig) error {
		if len(ids) == 0 {
			return errors.New("WithDevices: no device IDs are given")
		}
		if c.ids == nil {
			c.ids = make(map[int64]bool, len(ids))
		}
		for _, id := range ids {
			if id < 1 {
				return fmt.Errorf("WithDevices: device ID %d is below 1", id)
			}
			c.ids[id] = true
		}
		return nil
	}
}

// WithChangesOnly leaves out the snapshot at the start, that is, every [WatchDevice]. [WatchSynced] is still yielded.
func WithChangesOnly() WatchOption {
	return func(c *watchConfig) error {
		c.changesOnly = true
		return nil
	}
}

// WithUsage also reports a change of the message quota, available or used. Default: it is not reported, because it
// changes with every message.
func WithUsage() WatchOption {
	return func(c *watchConfig) error {
		c.usage = true
		return nil
	}
}

func newWatchConfig(opts []WatchOption) (watchConfig, error) {
	var c watchConfig
	for _, opt := range opts {
		if opt == nil {
			return c, errors.New("a watch option is nil")
		}
		if err := opt(&c); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c *watchConfig) tracker() *poll.Tracker[Device] {
	return poll.NewTracker(poll.TrackerConfig[Device]{
		Includes:    c.includes,
		IsChange:    c.isChange,
		Ends:        endsLoop,
		ChangesOnly: c.changesOnly,
	})
}

func (c *watchConfig) includes(device *Device) bool {
	return c.ids == nil || c.ids[device.ID] || c.ids[phoneID(device)]
}

func (c *watchConfig) isChange(before, now Device) bool {
	before.UpdatedAt = now.UpdatedAt
	if !c.usage {
		before.Subscription = now.Subscription
	}
	return before != now
}

// phoneID returns the device's phone number as an ID; 0 if it has none.
func phoneID(device *Device) int64 {
	n, err := strconv.ParseInt(device.Phone, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Watch yields every device as it is ([WatchDevice]), then [WatchSynced], then every observed change: a connection made
// or lost, a suspension, a new name, number or plan ([WatchChanged]), a new device ([WatchAdded]), a device that is
// gone ([WatchRemoved]). A new UpdatedAt alone is not a change, nor is a new message quota unless [WithUsage] is set. A
// device without an ID is left out, and a new one is reported once a list that contains it is complete. A change that
// reverts between two polls is not seen. If the caller breaks out of the range, nothing keeps running.
//
// Watch reads GET /devices at once, and again one [WithPollInterval] after each poll has ended, however many devices
// there are. All loops of one [Client] share their polls. A failed poll is reported as [WatchRetry] and not retried;
// the next poll takes its place, after a pause that grows up to 30 s while polls keep failing and is never shorter than
// the server's Retry-After (at most 60 s). After the changes of the next poll that succeeds, [WatchSynced] is yielded
// again. A program may therefore report the account as up to date from a WatchSynced to the next WatchRetry.
//
// A device that is missing from one list is not reported as removed. Instead, Watch requests GET /devices/{id}, for at
// most ten devices per poll. [WatchRemoved] follows if the response is a 404 in the API's envelope, or if the device is
// missing from three complete lists in a row. If the device comes back later, Watch yields [WatchAdded].
//
// If the consumer is slow, waiting events are merged, so that memory stays bounded: at most one change per device
// waits. Its Previous is the state that the consumer received last, its Device is the latest state, and the states in
// between are left out. There is no event for a device that has returned to its old state, or that was added and
// removed again. A device that was removed and came back is a [WatchChanged] if it differs. Consecutive failures become
// one [WatchRetry] with the latest error, even if polls succeeded in between but the consumer has not yet received the
// [WatchSynced]. The consumer may miss a PairedStatus that did not last, but it receives the states of one device in
// order, and each of them was returned by the API. The order of events of different devices is undefined.
//
// Errors that end it: [ErrUnauthorized]; [ErrInvalidRequest]; status 400, 403 or 404 in the API's envelope
// ([ErrBadRequest], [ErrForbidden], [ErrNotFound]); and the context's error, with the last failure in its chain if
// polls were failing. Any other failure, such as a proxy's 404 or a maintenance page, counts as an outage and is
// reported as [WatchRetry]. Events that were queued before the error are yielded first, unless the context has ended.
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) Watch(ctx context.Context, opts ...WatchOption) iter.Seq2[WatchEvent, error] {
	return func(yield func(WatchEvent, error) bool) {
		config, err := newWatchConfig(opts)
		if err := checkLoop(ctx, devicesRoute(), err); err != nil {
			yield(WatchEvent{}, err)
			return
		}
		if err := s.runWatch(ctx, config, yield); err != nil {
			yield(WatchEvent{}, err)
		}
	}
}

// runWatch yields all events but the last. It returns nil if the consumer stopped. Nothing keeps running when it
// returns.
func (s *DevicesService) runWatch(ctx context.Context, config watchConfig, yield func(WatchEvent, error) bool) error {
	tracker := config.tracker()
	defer s.poller.Track(ctx, tracker)()
	for ctx.Err() == nil {
		event, ok := tracker.Next()
		switch {
		case !ok:
			select {
			case <-ctx.Done():
			case <-tracker.Ready():
			}
		case event.Kind == poll.Ended:
			return event.Err
		case !yield(newWatchEvent(event), nil):
			return nil
		}
	}
	return loopError(ctx, http.MethodGet, devicesRoute().path, tracker.LastError())
}

func newWatchEvent(event poll.Event[Device]) WatchEvent {
	e := WatchEvent{Device: event.Device, Previous: event.Previous, Err: event.Err}
	switch event.Kind {
	case poll.Present:
		e.Kind = WatchDevice
	case poll.Synced:
		e.Kind = WatchSynced
	case poll.Added:
		e.Kind = WatchAdded
	case poll.Changed:
		e.Kind = WatchChanged
	case poll.Removed:
		e.Kind = WatchRemoved
	case poll.Retry:
		e.Kind = WatchRetry
	case poll.Ended: // not an event of Watch
	}
	return e
}
