package whatspie

import (
	"context"
	"errors"
	"net/http"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// errNoList means that the response is not a list of devices.
var errNoList = errors.New("no list of devices in the response")

// listResult decodes one page of a device list. Null is an empty list, unless the message is more than a plain success.
type listResult struct {
	pages   *pages
	devices []Device
	err     error
	// size is the size of the page in bytes; bytesLeft is what remains for it of the limit for all pages together.
	size, bytesLeft int64
}

func (l *listResult) read(r *wire.Reader) {
	l.devices, l.size, l.err = []Device{}, 0, nil
	if r.IsEmpty() || r.Kind() != '[' {
		l.readOther(r)
		return
	}
	const minBytes = 256 // of a device, assumed when allocating
	before := r.Left()
	for range r.Elements() {
		switch kind := r.Kind(); {
		case kind == 'n' || l.err != nil:
			r.Skip()
		case kind != '{':
			l.err = errNoList
			r.Skip()
		case tooDense(len(l.devices), before-r.Left()):
			l.err = transport.ErrTooLarge
			r.Skip()
		default:
			device := readDevice(r)
			if len(l.devices) == 0 {
				l.devices = make([]Device, 0, 1+r.Left()/max(minBytes, before-r.Left()))
			}
			l.devices = append(l.devices, device)
		}
	}
	l.size = int64(before - r.Left())
}

func (l *listResult) readOther(r *wire.Reader) {
	if r.Kind() != 'n' {
		l.err = errNoList
	}
	r.NoteType()
	r.Skip()
}

// tooDense reports many tiny devices: decoded, they take a multiple of the response limit in memory.
func tooDense(devices, bytes int) bool {
	const many, minBytes = 10_000, 32
	return devices >= max(many, bytes/minBytes)
}

func (l *listResult) check(envelope wire.Envelope) error {
	switch {
	case l.err != nil:
		return l.err
	case envelope.Unclear || envelope.MessageOnly:
		return wire.ErrUnclear
	case l.size > l.bytesLeft:
		return transport.ErrTooLarge
	default:
		return l.pages.setNext(envelope.Paging)
	}
}

// readList reads all pages into memory.
func readList(ctx context.Context, c *caller, from route, opts []CallOption) ([]Device, error) {
	page := &listResult{pages: newPages(c, from), bytesLeft: c.transport.MaxBytes}
	var devices []Device
	for {
		if err := c.call(ctx, http.MethodGet, page.pages.path, nil, page, opts); err != nil {
			return nil, err
		}
		if devices == nil {
			devices = page.devices
		} else {
			devices = append(devices, page.devices...)
		}
		if !page.pages.advance() {
			return devices, nil
		}
		page.bytesLeft -= page.size
	}
}
