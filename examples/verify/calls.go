package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

const (
	verdictOK       = "as documented"
	verdictDrift    = "decoded, differs from the documentation"
	verdictNew      = "decoded, not documented"
	verdictFailed   = "FAILED"
	unknownDeviceID = 999_999_999
)

// result is the outcome of one call.
type result struct {
	call     string
	file     string // name of the fixture, without status and extension
	response whatspie.Response
	drifts   []whatspie.Drift
	decoded  string // describes the value that the SDK returned
	err      error
	verdict  string
}

// verification makes calls one at a time, so that each drift belongs to one call.
type verification struct {
	devices *whatspie.DevicesService
	drifts  *[]whatspie.Drift
	results []result
}

func (v *verification) run(ctx context.Context, create whatspie.CreateDeviceRequest) {
	var devices []whatspie.Device
	v.call("GET /devices", "list_devices", nil, func(response whatspie.CallOption) (decoded string, err error) {
		devices, err = v.devices.List(ctx, response)
		return fmt.Sprintf("%d devices", len(devices)), err
	})
	if len(devices) > 0 {
		v.call("GET /devices/{id}", "get_device", nil, func(response whatspie.CallOption) (string, error) {
			device, err := v.devices.Get(ctx, devices[0].ID, response)
			return describe(device), err
		})
	}
	notFound := func(response whatspie.CallOption) (string, error) {
		device, err := v.devices.Get(ctx, unknownDeviceID, response)
		return describe(device), err
	}
	v.call("GET /devices/{id}, unknown", "get_device_not_found", whatspie.ErrDeviceNotFound, notFound)
	if i := slices.IndexFunc(devices, canPair); i >= 0 {
		v.call("GET /devices/{id}/qr", "get_qr", nil, func(response whatspie.CallOption) (string, error) {
			code, err := v.devices.QR(ctx, devices[i].ID, response)
			return describeCode(code, err)
		})
	}
	if create.Name != "" {
		v.call("POST /devices", "create_device", nil, func(response whatspie.CallOption) (string, error) {
			device, err := v.devices.Create(ctx, create, response)
			return describe(device), err
		})
	}
}

// call makes one call; want is the documented error, if any.
func (v *verification) call(name, file string, want error, do func(whatspie.CallOption) (string, error)) {
	r := result{call: name, file: file}
	before := len(*v.drifts)
	r.decoded, r.err = do(whatspie.WithResponse(&r.response))
	r.drifts = slices.Clone((*v.drifts)[before:])
	switch {
	case want == nil && r.err != nil, want != nil && !errors.Is(r.err, want):
		r.verdict = verdictFailed
		r.decoded = "an error"
		if r.err == nil {
			r.err = fmt.Errorf("no error, want: %w", want)
		}
	case len(r.drifts) > 0:
		r.verdict = verdictDrift
	case file == "create_device":
		r.verdict = verdictNew
	default:
		r.verdict = verdictOK
	}
	if want != nil && r.verdict != verdictFailed {
		r.decoded = "the error: " + want.Error()
	}
	v.results = append(v.results, r)
}

func canPair(d whatspie.Device) bool {
	return d.PairedStatus == whatspie.PairedStatusUnpaired || d.PairedStatus == whatspie.PairedStatusExpired
}

func describe(d *whatspie.Device) string {
	if d == nil {
		return ""
	}
	return fmt.Sprintf("device %d, %s", d.ID, demo.OrDash(string(d.PairedStatus)))
}

// describeCode checks that the code can be drawn, without showing it.
func describeCode(code *whatspie.QRCode, err error) (string, error) {
	switch {
	case err != nil:
		return "", err
	case code.URL() != "":
		return "a link to a code", nil
	}
	if _, _, err := code.TerminalSize(); err != nil {
		return "", err
	}
	return fmt.Sprintf("a code, %d bytes of PNG", len(code.PNG())), nil
}

// envelope lists the members of a body, and the values of "code" and "status".
func envelope(response whatspie.Response) string {
	var members map[string]json.RawMessage
	if len(response.Body) == 0 {
		return "empty"
	}
	if json.Unmarshal(response.Body, &members) != nil {
		return "none, " + demo.OrDash(response.Header.Get("Content-Type"))
	}
	names := make([]string, 0, len(members))
	for name, value := range members {
		if name == "code" || name == "status" {
			name += "=" + string(value[:min(len(value), 20)])
		}
		names = append(names, demo.Printable(name))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}
