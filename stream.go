package whatspie

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// bounds limit a list by its number of devices and by the time since the first one. Zero means no limit.
type bounds struct {
	devices int
	time    time.Duration
}

func (b bounds) exceeded(count int, start time.Time) bool {
	return b.devices > 0 && (count > b.devices || time.Since(start) > b.time)
}

// internalListBounds limits the lists that the SDK reads for its own use, which could otherwise be endless.
var internalListBounds = bounds{1_000_000, 5 * time.Minute}

// errStopped means that the consumer left the iteration.
var errStopped = errors.New("stopped")

// stream yields a list as it arrives.
type stream struct {
	yield func(*Device, error) bool
	limit bounds
	count int
	start time.Time
}

// streamList yields the devices of all pages, then the error if there is one.
func streamList(ctx context.Context, c *caller, from route, limit bounds, yield func(*Device, error) bool, opts []CallOption) {
	s := &stream{yield: yield, limit: limit}
	for p := newPages(c, from); ; {
		err := s.page(ctx, c, p, opts)
		switch {
		case errors.Is(err, errStopped):
			return
		case err != nil:
			yield(nil, err)
			return
		case !p.advance():
			return
		}
	}
}

// page yields one page; the error is errStopped if the consumer left.
func (s *stream) page(ctx context.Context, c *caller, p *pages, opts []CallOption) error {
	stopped := false
	request := transport.Request{Method: http.MethodGet, Path: p.path, Check: p.check}
	request.Read = func(_ int, contentType string, body []byte) (wire.Envelope, error) {
		return wire.Open(contentType, body)
	}
	request.Stream = func(body io.Reader, next func() error) (wire.Envelope, error) {
		envelope, err := wire.Stream(body, c.drifts != nil, func(r *wire.Reader) {
			p.read(r, func(device Device) { s.deliver(r, &device, next) })
		})
		if stopped = errors.Is(err, errStopped); stopped {
			err = nil
		}
		return envelope, err
	}
	if err := c.send(ctx, request, nil, opts); err != nil || !stopped {
		return err
	}
	return errStopped
}

// deliver yields a device as soon as its bytes have arrived.
func (s *stream) deliver(r *wire.Reader, device *Device, next func() error) {
	if err := next(); err != nil {
		r.Fail(err)
		return
	}
	if s.count == 0 {
		s.start = time.Now()
	}
	if s.count++; s.limit.exceeded(s.count, s.start) {
		r.Fail(transport.ErrTooLarge)
		return
	}
	if !s.yield(device, nil) {
		r.Fail(errStopped)
	}
}

// boundedAll yields a list for the SDK's own use.
func boundedAll(ctx context.Context, c *caller, opts ...CallOption) iter.Seq2[*Device, error] {
	return func(yield func(*Device, error) bool) {
		streamList(ctx, c, devicesRoute(), internalListBounds, yield, opts)
	}
}
