package poll

import (
	"context"
	"iter"
	"time"
)

// Source is how a [Poller] reads devices of type D. Its functions must be safe for concurrent use.
type Source[D any] struct {
	// List returns all devices; a failure is its last element.
	List func(ctx context.Context) iter.Seq2[*D, error]
	// Get returns one device.
	Get func(ctx context.Context, id int64) (*D, error)
	// ID returns what identifies a device of the list.
	ID func(device *D) int64
	// IsGone reports whether the server said that there is no such device.
	IsGone func(err error) bool
	// RetryAfter returns how long the server asked to be left alone; 0 if it did not.
	RetryAfter func(err error) time.Duration
}

// Loop is one loop's interest in one device. Its functions are called from the goroutines of the poller, must not block,
// and may be called once more after the loop has left.
type Loop[D any] struct {
	// ID is the device of interest.
	ID int64
	// AtOnce asks for a poll now, not within an interval.
	AtOnce bool
	// Seen receives the device and when the poll that showed it began. The device is shared: it must not be changed.
	Seen func(device *D, began time.Time)
	// Polled receives the end of each poll: nil, or what failed. It may be called twice in a poll.
	Polled func(err error)
}
