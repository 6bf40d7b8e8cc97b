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

// bounds are how much of a list is taken, and how long after its first device; none where they are zero.
type bounds struct {
	devices int
	time    time.Duration
}

func (b bounds) passed(count int, start time.Time) bool {
	return b.devices > 0 && (count > b.devices || time.Since(start) > b.time)
}

// internalListBounds bounds the lists that the SDK reads for itself, so that one without an end ends.
var internalListBounds = bounds{1_000_000, 5 * time.Minute}

// errStopped ends the reading of a list that its consumer has left.
var errStopped = errors.New("stopped")

// stream yields a list while it arrives.
type stream struct {
	yield func(*Device, error) bool
	most  bounds
	count int
	start time.Time
	// err is why the data is no list of devices. A failure that the envelope reports says more.
	err error
}

// streamList yields all pages of a list, and a failure as the last element.
func streamList(ctx context.Context, c *caller, from route, most bounds, yield func(*Device, error) bool, opts []CallOption) {
	s := &stream{yield: yield, most: most}
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

// page yields one page; errStopped if its consumer has left.
func (s *stream) page(ctx context.Context, c *caller, p *pages, opts []CallOption) error {
	notes := c.drifts.notes()
	stopped := false
	request := transport.Request{Method: http.MethodGet, Path: p.path}
	request.Read = func(_ int, contentType string, body []byte) (wire.Envelope, error) {
		return wire.Open(contentType, body)
	}
	request.Stream = func(body io.Reader, next func() error) (wire.Envelope, error) {
		around, err := wire.Stream(body, notes, func(r *wire.Reader) { s.read(r, next) })
		switch {
		case errors.Is(err, errStopped):
			stopped = true
			return wire.Envelope{}, nil
		case err != nil || around.Failed || around.Unclear || around.MessageOnly:
			return around, err
		case s.err != nil:
			return around, s.err
		default:
			return around, p.follow(around.Paging)
		}
	}
	if err := c.send(ctx, request, nil, notes, opts); err != nil || !stopped {
		return err
	}
	return errStopped
}

// read yields each device as soon as its bytes have arrived.
func (s *stream) read(r *wire.Reader, next func() error) {
	s.err = nil
	if kind := r.Kind(); kind != '[' {
		if kind != 'n' {
			s.err = errNoList
		}
		r.Skip()
		return
	}
	for range r.Elements() {
		switch kind := r.Kind(); {
		case kind == 'n' || s.err != nil:
			r.Skip()
		case kind != '{':
			s.err = errNoList
			r.Skip()
		default:
			device := readDevice(r)
			if r.Err() == nil {
				s.deliver(r, &device, next)
			}
		}
	}
}

func (s *stream) deliver(r *wire.Reader, device *Device, next func() error) {
	if err := next(); err != nil {
		r.Fail(err)
		return
	}
	if s.count == 0 {
		s.start = time.Now()
	}
	if s.count++; s.most.passed(s.count, s.start) {
		r.Fail(transport.ErrTooLarge)
		return
	}
	if !s.yield(device, nil) {
		r.Fail(errStopped)
	}
}

// boundedAll yields a list that the SDK reads for itself.
func boundedAll(ctx context.Context, c *caller, opts ...CallOption) iter.Seq2[*Device, error] {
	return func(yield func(*Device, error) bool) {
		streamList(ctx, c, devicesRoute(), internalListBounds, yield, opts)
	}
}
