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

// Limits of a list that the SDK reads for its own use, which could otherwise be endless.
const (
	maxDevices    = 1_000_000
	maxListFactor = 16              // bytes of the list, as a multiple of WithMaxResponseBytes
	maxListTime   = 5 * time.Minute // from the first device, or from the end of the first page if that comes earlier
)

// errStopped means that the consumer left the iteration.
var errStopped = errors.New("stopped")

// stream yields a list as it arrives.
type stream struct {
	yield func(*Device, error) bool
	// bounded reports that the list is for the SDK's own use.
	bounded  bool
	maxBytes int64 // of one device
	count    int
	bytes    byteCount
	start    time.Time
}

// byteCount counts the bytes written to it.
type byteCount int64

func (n *byteCount) Write(p []byte) (int, error) {
	*n += byteCount(len(p))
	return len(p), nil
}

// streamList yields the devices of all pages, then the error if there is one.
func streamList(ctx context.Context, a *api, from route, bounded bool, yield func(*Device, error) bool, opts []CallOption) {
	s := &stream{yield: yield, bounded: bounded, maxBytes: a.transport.MaxBytes}
	for p := newPages(a, from); ; {
		err := s.page(ctx, a, p, opts)
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
func (s *stream) page(ctx context.Context, a *api, p *pages, opts []CallOption) error {
	stopped := false
	request := transport.Request{Method: http.MethodGet, Path: p.path}
	request.Check = func(envelope wire.Envelope) error {
		if err := p.check(envelope); err != nil {
			return err
		}
		if s.exceeded() && p.next != "" { // a server may send empty pages
			return transport.ErrTooLarge
		}
		return nil
	}
	request.Read = func(_ int, contentType string, body []byte) (wire.Envelope, error) {
		return wire.Open(contentType, body)
	}
	request.Stream = func(body io.Reader, next func() error) (wire.Envelope, error) {
		envelope, err := wire.Stream(io.TeeReader(body, &s.bytes), a.drifts != nil, func(r *wire.Reader) {
			p.read(r, func(device Device) { s.deliver(r, &device, next) })
		})
		if stopped = errors.Is(err, errStopped); stopped {
			err = nil
		}
		return envelope, err
	}
	if err := a.send(ctx, request, nil, opts); err != nil || !stopped {
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
	if s.count++; s.exceeded() {
		r.Fail(transport.ErrTooLarge)
		return
	}
	if !s.yield(device, nil) {
		r.Fail(errStopped)
	}
}

// exceeded reports whether a bounded list is too large or takes too long. Its first call starts the clock.
func (s *stream) exceeded() bool {
	if s.start.IsZero() {
		s.start = time.Now()
	}
	return s.bounded && (s.count > maxDevices || int64(s.bytes)/maxListFactor > s.maxBytes || time.Since(s.start) > maxListTime)
}

// boundedAll yields a list for the SDK's own use.
func boundedAll(ctx context.Context, a *api, opts ...CallOption) iter.Seq2[*Device, error] {
	return func(yield func(*Device, error) bool) {
		streamList(ctx, a, devicesRoute(), true, yield, opts)
	}
}
