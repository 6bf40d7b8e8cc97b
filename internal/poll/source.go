package poll

import (
	"context"
	"iter"
	"sync/atomic"
	"time"
)

// Source is how a [Poller] reads devices of type D. Its functions must be safe for concurrent use.
type Source[D any] struct {
	// List yields all devices; an error is its last element.
	List func(ctx context.Context) iter.Seq2[*D, error]
	// Get returns one device.
	Get func(ctx context.Context, id int64) (*D, error)
	// ID returns the identifier of a device.
	ID func(device *D) int64
	// IsGone reports whether the error means that there is no such device.
	IsGone func(err error) bool
	// RetryAfter returns the wait that the server requested; 0 for none.
	RetryAfter func(err error) time.Duration
}

// Subscriber receives the polls of one device. Its functions are called from the poller's goroutines, must not block,
// and may be called once more after unsubscribe.
type Subscriber[D any] struct {
	id atomic.Int64
	// AtOnce requests a poll now instead of within an interval.
	AtOnce bool
	// Seen receives the device and the start of the poll that returned it. The device is shared and must not be
	// modified.
	Seen func(device *D, began time.Time)
	// Polled receives the result of each poll: nil or its error. It may be called twice per poll.
	Polled func(err error)
}

// ID returns the ID to poll by. It may be a phone number until a request has returned the device. From then on, it is
// the device's ID.
func (s *Subscriber[D]) ID() int64 { return s.id.Load() }
