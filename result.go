package whatspie

import (
	"context"
	"errors"
	"net/http"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// errNoDevice means that the response lacks the device that it should contain.
var errNoDevice = errors.New("no device in the response")

// errNoList means that the response is not a list of devices.
var errNoList = errors.New("no list of devices in the response")

// deviceResult decodes one device, bare or as the only element of a list.
type deviceResult struct{ found Device }

func (d *deviceResult) read(r *wire.Reader) {
	isList := r.Kind() == '['
	d.found = readOnly(r)
	if isList {
		r.NoteWrongType()
	}
}

func (d *deviceResult) check(wire.Envelope) error {
	if d.found.ID < 1 {
		return errNoDevice
	}
	return nil
}

// device returns the device, or nil if the call failed.
func (d *deviceResult) device() *Device {
	if d == nil {
		return nil
	}
	return &d.found
}

// createdResult decodes the response to a creation. A missing device is ErrDeviceUnidentified, because the creation
// itself succeeded.
type createdResult struct{ deviceResult }

func (c *createdResult) read(r *wire.Reader) { c.found = readOnly(r) }

func (c *createdResult) check(wire.Envelope) error {
	if c.found.ID < 1 {
		return ErrDeviceUnidentified
	}
	return nil
}

func (c *createdResult) device() *Device {
	if c == nil {
		return nil
	}
	return c.deviceResult.device()
}

// readOnly reads a device, or the single device of a list.
func readOnly(r *wire.Reader) Device {
	if r.Kind() != '[' {
		return readDevice(r)
	}
	var only Device
	count := 0
	for range r.Elements() {
		if count++; r.Kind() == '{' {
			only = readDevice(r)
		} else {
			r.Skip()
		}
	}
	if count != 1 {
		return Device{}
	}
	return only
}

// listResult decodes one page of a device list. Null is an empty list, unless the message is more than a plain success.
type listResult struct {
	pages   *pages
	devices []Device
	err     error
}

func (l *listResult) read(r *wire.Reader) {
	l.devices, l.err = []Device{}, nil
	if r.IsEmpty() || r.Kind() != '[' {
		l.readOther(r)
		return
	}
	const shortest = 256 // minimum bytes per device assumed when allocating
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
				l.devices = make([]Device, 0, 1+r.Left()/max(shortest, before-r.Left()))
			}
			l.devices = append(l.devices, device)
		}
	}
	l.pages.size = before - r.Left()
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
	const many, least = 10_000, 32 // minimum bytes per device
	return devices >= max(many, bytes/least)
}

func (l *listResult) check(around wire.Envelope) error {
	switch {
	case l.err != nil:
		return l.err
	case around.Unclear || around.MessageOnly:
		return wire.ErrUnclear
	default:
		return l.pages.follow(around.Paging)
	}
}

// readList reads all pages into memory.
func readList(ctx context.Context, c *caller, from route, opts []CallOption) ([]Device, error) {
	page := &listResult{pages: newPages(c, from)}
	page.pages.most = c.transport.MaxBytes
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
	}
}
