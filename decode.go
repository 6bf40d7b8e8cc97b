package whatspie

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"iter"
	"math"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// errNoDevice means that an answer which should hold a device holds none.
var errNoDevice = errors.New("no device in the answer")

// errNotObject means that JSON which should be an object is none.
var errNotObject = errors.New("whatspie: not a JSON object")

// members checks once that data is an object, for walking it without further checks.
func members(data []byte) (iter.Seq2[string, json.RawMessage], error) {
	trimmed := bytes.TrimSpace(data)
	if !json.Valid(trimmed) || trimmed[0] != '{' {
		return nil, errNotObject
	}
	return wire.Fields(trimmed), nil
}

// UnmarshalJSON decodes a device as the API sends it; see [Device] for what it forgives. Anything but an object is
// an error.
func (d *Device) UnmarshalJSON(data []byte) error {
	fields, err := members(data)
	if err != nil {
		return err
	}
	*d = Device{}
	for key, value := range fields {
		switch key {
		case "id":
			d.ID = max(0, wire.ID(value))
		case "name":
			d.Name = cmp.Or(wire.Text(value), d.Name)
		case "device_name":
			d.Name = cmp.Or(d.Name, wire.Text(value))
		case "phone":
			d.Phone = wire.Text(value)
		case "webhook_url":
			d.WebhookURL = wire.Text(value)
		case "status":
			d.Status = DeviceStatus(wire.Text(value))
		case "version":
			d.Version = wire.Text(value)
		case "paired_status":
			d.PairedStatus = PairedStatus(wire.Text(value))
		case "created_at":
			d.CreatedAt = wire.Timestamp(value)
		case "updated_at":
			d.UpdatedAt = wire.Timestamp(value)
		case "server":
			d.Server = parseServer(value)
		case "package":
			d.Package = parsePackage(value)
		case "subscription":
			d.Subscription = parseSubscription(value)
		}
	}
	return nil
}

func parseServer(data json.RawMessage) Server {
	var s Server
	for key, value := range wire.Fields(data) {
		switch key {
		case "name":
			s.Name = wire.Text(value)
		case "status":
			s.Status = wire.Text(value)
		}
	}
	return s
}

func parsePackage(data json.RawMessage) Package {
	var p Package
	for key, value := range wire.Fields(data) {
		switch key {
		case "id":
			p.ID = int(min(max(wire.Integer(value), math.MinInt), math.MaxInt)) // of 32 bits on some machines
		case "code":
			p.Code = PackageCode(wire.Text(value))
		case "name":
			p.Name = wire.Text(value)
		}
	}
	return p
}

func parseSubscription(data json.RawMessage) Subscription {
	var s Subscription
	for key, value := range wire.Fields(data) {
		switch key {
		case "quote_available":
			s.QuotaAvailable = wire.Integer(value)
		case "quote_used":
			s.QuotaUsed = wire.Integer(value)
		}
	}
	return s
}

// UnmarshalJSON accepts strings, numbers and null in every field; null for all of them changes nothing.
func (s *Server) UnmarshalJSON(data []byte) error { return unmarshal(s, data, parseServer) }

// UnmarshalJSON accepts strings, numbers and null in every field; null for all of them changes nothing.
func (p *Package) UnmarshalJSON(data []byte) error { return unmarshal(p, data, parsePackage) }

// UnmarshalJSON accepts the API's numbers in strings, plain numbers and null; null for all of them changes nothing.
func (s *Subscription) UnmarshalJSON(data []byte) error { return unmarshal(s, data, parseSubscription) }

func unmarshal[T any](into *T, data []byte, parse func(json.RawMessage) T) error {
	if string(data) == "null" {
		return nil
	}
	if _, err := members(data); err != nil {
		return err
	}
	*into = parse(data)
	return nil
}

// errNoList means that an answer which should be a list is none.
var errNoList = errors.New("no list of devices in the answer")

// deviceAnswer is an answer that must hold one device, bare or alone in a list.
type deviceAnswer struct{ Device }

func (a *deviceAnswer) UnmarshalJSON(data []byte) error {
	if a.Device.UnmarshalJSON(onlyElement(data)) != nil || a.ID < 1 {
		return errNoDevice
	}
	return nil
}

// onlyElement is what a list of one holds, or else the value itself.
func onlyElement(data []byte) []byte {
	only, count := data, 0
	for element := range wire.Elements(data) {
		if count++; count > 1 {
			return data
		}
		only = element
	}
	return only
}

// device is nil where the call failed.
func (a *deviceAnswer) device() *Device {
	if a == nil {
		return nil
	}
	return &a.Device
}

// createdAnswer is a deviceAnswer to a request that made a device: without one in it, the creation still stands.
type createdAnswer struct{ deviceAnswer }

func (a *createdAnswer) device() *Device {
	if a == nil {
		return nil
	}
	return a.deviceAnswer.device()
}

func (a *createdAnswer) UnmarshalJSON(data []byte) error {
	if a.deviceAnswer.UnmarshalJSON(data) != nil {
		return ErrDeviceUnidentified
	}
	return nil
}

// listAnswer is a list of devices; null is an empty one.
type listAnswer struct{ devices []Device }

// all is nil where the call failed.
func (a *listAnswer) all() []Device {
	if a == nil {
		return nil
	}
	return a.devices
}

func (a *listAnswer) UnmarshalJSON(data []byte) error {
	a.devices = []Device{}
	if list := bytes.TrimSpace(data); string(list) != "null" && (!json.Valid(list) || list[0] != '[') {
		return errNoList
	}
	read := 0
	for element := range wire.Elements(data) {
		var device Device
		read += len(element)
		switch {
		case string(element) == "null":
		case device.UnmarshalJSON(element) != nil:
			return errNoList
		case a.isCrowd(read):
			return transport.ErrTooLarge
		default:
			a.devices = append(a.devices, device)
		}
	}
	return nil
}

// isCrowd tells that there are many devices in few bytes: as values they would take a multiple of the bound on the answer.
func (a *listAnswer) isCrowd(read int) bool {
	const many, least = 10_000, 32 // bytes of a device
	return len(a.devices) >= max(many, read/least)
}
