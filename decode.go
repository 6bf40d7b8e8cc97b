package whatspie

import (
	"encoding/json"
	"errors"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// errNoDevice means that an answer which should hold a device holds none.
var errNoDevice = errors.New("no device in the answer")

// UnmarshalJSON decodes a device as the API sends it; see [Device] for what it forgives.
func (d *Device) UnmarshalJSON(data []byte) error {
	var w struct {
		ID           wire.Int                   `json:"id"`
		Name         wire.String                `json:"name"`
		DeviceName   wire.String                `json:"device_name"`
		Phone        wire.String                `json:"phone"`
		WebhookURL   wire.String                `json:"webhook_url"`
		Status       wire.String                `json:"status"`
		Version      wire.String                `json:"version"`
		PairedStatus wire.String                `json:"paired_status"`
		CreatedAt    wire.Time                  `json:"created_at"`
		UpdatedAt    wire.Time                  `json:"updated_at"`
		Server       wire.Lenient[Server]       `json:"server"`
		Package      wire.Lenient[Package]      `json:"package"`
		Subscription wire.Lenient[Subscription] `json:"subscription"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	if w.Name == "" {
		w.Name = w.DeviceName
	}
	*d = Device{
		ID:           int64(w.ID),
		Name:         string(w.Name),
		Phone:        string(w.Phone),
		WebhookURL:   string(w.WebhookURL),
		Status:       DeviceStatus(w.Status),
		Version:      string(w.Version),
		PairedStatus: PairedStatus(w.PairedStatus),
		CreatedAt:    w.CreatedAt.Time,
		UpdatedAt:    w.UpdatedAt.Time,
		Server:       w.Server.Value,
		Package:      w.Package.Value,
		Subscription: w.Subscription.Value,
	}
	return nil
}

// UnmarshalJSON accepts strings, numbers and null in every field.
func (s *Server) UnmarshalJSON(data []byte) error {
	var w struct {
		Name   wire.String `json:"name"`
		Status wire.String `json:"status"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*s = Server{Name: string(w.Name), Status: string(w.Status)}
	return nil
}

// UnmarshalJSON accepts strings, numbers and null in every field.
func (p *Package) UnmarshalJSON(data []byte) error {
	var w struct {
		ID   wire.Int    `json:"id"`
		Code wire.String `json:"code"`
		Name wire.String `json:"name"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*p = Package{ID: int(w.ID), Code: PackageCode(w.Code), Name: string(w.Name)}
	return nil
}

// UnmarshalJSON accepts the API's numbers in strings, plain numbers and null.
func (s *Subscription) UnmarshalJSON(data []byte) error {
	var w struct {
		Available wire.Int `json:"quote_available"`
		Used      wire.Int `json:"quote_used"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*s = Subscription{QuotaAvailable: int64(w.Available), QuotaUsed: int64(w.Used)}
	return nil
}

// errNoList means that an answer which should be a list is none.
var errNoList = errors.New("no list of devices in the answer")

// deviceAnswer is an answer that must hold one device, bare or alone in a list.
type deviceAnswer struct{ Device }

func (a *deviceAnswer) UnmarshalJSON(data []byte) error {
	var alone []Device
	if json.Unmarshal(data, &alone) == nil && len(alone) == 1 {
		a.Device = alone[0]
	} else if data == nil || json.Unmarshal(data, &a.Device) != nil {
		return errNoDevice
	}
	if a.ID < 1 {
		return errNoDevice
	}
	return nil
}

// device is nil where the call failed.
func (a deviceAnswer) device() *Device {
	if a.ID == 0 {
		return nil
	}
	return &a.Device
}

// createdAnswer is a deviceAnswer to a request that made a device: without one in it, the creation still stands.
type createdAnswer struct{ deviceAnswer }

func (a *createdAnswer) UnmarshalJSON(data []byte) error {
	if a.deviceAnswer.UnmarshalJSON(data) != nil {
		return ErrDeviceUnidentified
	}
	return nil
}

// listAnswer is a list of devices; null is an empty one.
type listAnswer struct{ devices []Device }

func (a *listAnswer) UnmarshalJSON(data []byte) error {
	a.devices = []Device{}
	if data == nil {
		return nil
	}
	var elements []*Device
	if json.Unmarshal(data, &elements) != nil {
		return errNoList
	}
	for _, device := range elements {
		if device != nil {
			a.devices = append(a.devices, *device)
		}
	}
	return nil
}
