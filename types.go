package whatspie

import (
	"cmp"
	"strings"
	"time"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// PairedStatus says whether a phone is connected to a device. Unknown values are kept as the API sends them.
type PairedStatus string

// The documented values of [PairedStatus].
const (
	// PairedStatusUnpaired means that no phone is connected: show a QR code.
	PairedStatusUnpaired PairedStatus = "UNPAIRED"
	// PairedStatusPaired means that a phone is connected: the device can send and receive.
	PairedStatusPaired PairedStatus = "PAIRED"
	// PairedStatusExpired means that the QR code expired before it was scanned: get another.
	PairedStatusExpired PairedStatus = "EXPIRED"
	// PairedStatusSuspended means that the device is temporarily suspended: it cannot be paired now.
	PairedStatusSuspended PairedStatus = "SUSPENDED"
)

// is compares statuses without regard to case.
func (s PairedStatus) is(other PairedStatus) bool { return strings.EqualFold(string(s), string(other)) }

// DeviceStatus is the state of the device's account entry, not of its connection. Unknown values are kept as the API
// sends them.
type DeviceStatus string

// DeviceStatusActive is the one documented value of [DeviceStatus]. It does not mean that a phone is connected:
// see [Device.Paired].
const DeviceStatusActive DeviceStatus = "ACTIVE"

// versionMultidevice is the one documented value of [Device.Version].
const versionMultidevice = "multidevice"

// Device is one WhatsApp number on Whatspie.
//
// Decoding is tolerant: a number may be a string and a string a number. A field that is missing, null or cannot be
// converted has its zero value. Unknown fields are ignored. Encoding produces the format of the API.
//
// Source: https://docs.whatspie.com/docs/device-management
type Device struct {
	// ID identifies the device in other calls. It is at least 1, or 0 if a list omits it. The API also accepts the phone
	// number as an ID.
	ID int64 `json:"id"`
	// Name is the name that the device was created with. It is empty if the API does not send it: the documented responses
	// have no names.
	Name string `json:"name,omitempty"`
	// Phone is the connected number in international form, digits only; empty before the first pairing.
	Phone string `json:"phone"`
	// WebhookURL is where Whatspie delivers incoming messages; empty if none is set.
	WebhookURL string `json:"webhook_url"`
	// Status is the state of the account entry; empty if the API does not send it.
	Status DeviceStatus `json:"status"`
	// Version is the generation of the WhatsApp protocol, "multidevice"; empty if the API does not send it.
	Version string `json:"version"`
	// PairedStatus says whether a phone is connected; empty if the API does not send it.
	PairedStatus PairedStatus `json:"paired_status"`
	// CreatedAt is when the device was created; the zero time if the API does not send it.
	CreatedAt time.Time `json:"created_at,omitzero"`
	// UpdatedAt is when the device last changed; the zero time if the API does not send it.
	UpdatedAt time.Time `json:"updated_at,omitzero"`
	// Server is the machine that holds the WhatsApp session; zero before one is assigned.
	Server Server `json:"server"`
	// Package is the plan that the device is billed on. Its ID is 0 unless the API sends it, which is not
	// documented.
	Package Package `json:"package"`
	// Subscription is the message quota of the plan; zero if the API does not send it.
	Subscription Subscription `json:"subscription"`
}

// readDevice must list every field of Device.
func readDevice(r *wire.Reader) Device {
	var d Device
	for key := range r.Members() {
		switch string(key) {
		case "id":
			d.ID = r.ID()
		case "name":
			d.Name = cmp.Or(r.Text(), d.Name)
		case "device_name":
			d.Name = cmp.Or(d.Name, r.Text())
		case "phone":
			d.Phone = r.Text()
		case "webhook_url":
			d.WebhookURL = r.Text()
		case "status":
			d.Status = DeviceStatus(r.Enum(string(DeviceStatusActive)))
		case "version":
			d.Version = r.Enum(versionMultidevice)
		case "paired_status":
			d.PairedStatus = PairedStatus(r.Enum(string(PairedStatusPaired), string(PairedStatusUnpaired),
				string(PairedStatusExpired), string(PairedStatusSuspended)))
		case "created_at":
			d.CreatedAt = r.Time()
		case "updated_at":
			d.UpdatedAt = r.Time()
		case "server":
			d.Server = readPart(r, readServer)
		case "package":
			d.Package = readPart(r, readPackage)
		case "subscription":
			d.Subscription = readPart(r, readSubscription)
		default:
			r.SkipUnknown()
		}
	}
	return d
}

// UnmarshalJSON decodes a device as tolerantly as [Device] describes. Null changes nothing; any other value that is not
// an object is an error.
func (d *Device) UnmarshalJSON(data []byte) error { return unmarshal(d, data, readDevice) }

// Paired reports whether a phone is connected; false for a nil Device.
func (d *Device) Paired() bool {
	return d != nil && d.PairedStatus.is(PairedStatusPaired)
}

// Server is the machine that holds a device's WhatsApp session.
type Server struct {
	// Name is the region and number, such as "ASIA (IDN1)"; empty if the API does not send it.
	Name string `json:"name"`
	// Status is the machine's state, such as "ACTIVE"; empty if the API does not send it.
	Status string `json:"status"`
}

func readServer(r *wire.Reader) Server {
	var s Server
	for key := range r.Members() {
		switch string(key) {
		case "name":
			s.Name = r.Text()
		case "status":
			s.Status = r.Text()
		default:
			r.SkipUnknown()
		}
	}
	return s
}

// UnmarshalJSON accepts a string, a number or null in every field. A null in place of the object changes nothing.
func (s *Server) UnmarshalJSON(data []byte) error { return unmarshal(s, data, readServer) }

// Subscription is a device's message quota. Its unit is one message.
type Subscription struct {
	// QuotaAvailable is the API's quote_available: the messages that the plan allows, or -1 for no limit; 0 if the API
	// does not send it. It is not documented whether the messages already sent are subtracted.
	QuotaAvailable int64 `json:"quote_available,string"`
	// QuotaUsed is how many messages have been sent; 0 if the API does not send it.
	QuotaUsed int64 `json:"quote_used,string"`
}

func readSubscription(r *wire.Reader) Subscription {
	var s Subscription
	for key := range r.Members() {
		switch string(key) {
		case "quote_available":
			s.QuotaAvailable = r.Quota()
		case "quote_used":
			s.QuotaUsed = r.Quota()
		default:
			r.SkipUnknown()
		}
	}
	return s
}

// UnmarshalJSON accepts a number, a number inside a string, or null in every field. A null in place of the object
// changes nothing.
func (s *Subscription) UnmarshalJSON(data []byte) error { return unmarshal(s, data, readSubscription) }

// Unlimited reports whether the plan has no message limit.
func (s Subscription) Unlimited() bool { return s.QuotaAvailable < 0 }

// CreateDeviceRequest is the device to create. Both fields are required.
type CreateDeviceRequest struct {
	// Package is the plan that the device will be billed on; see Packages.
	Package PackageCode `json:"package"`
	// Name is the device's display name. A unique name lets CreateConfirmed recognize the device.
	Name string `json:"name"`
}
