package whatspietest

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/whatspie-go/whatspie"
)

// device is a device with its pairing state. The server's mutex guards it.
type device struct {
	whatspie.Device

	// code is the current QR code, nil if there is none.
	code *qrCode
	// codes is the number of codes generated in this pairing.
	codes int
}

// AddDevice adds a device to the account and returns its ID. If d.ID is below 1, the device gets the next free ID. If a
// device with the ID exists, it is replaced.
//
// Fields that are zero get the values of a new device: PairedStatus UNPAIRED, Status ACTIVE, Version "multidevice",
// CreatedAt the current time, UpdatedAt the same as CreatedAt, Server "ASIA (IDN1)" with status ACTIVE, Package
// STARTUP240K with its documented name, and an unlimited Subscription. Name, Phone and WebhookURL stay empty.
func (s *Server) AddDevice(d whatspie.Device) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(d).ID
}

func (s *Server) add(d whatspie.Device) *device {
	if d.ID < 1 {
		d.ID = s.lastID + 1
	}
	s.lastID = max(s.lastID, d.ID)
	added := &device{Device: withDefaults(d)}
	s.devices[d.ID] = added
	return added
}

// withDefaults fills in the zero fields of a new device.
func withDefaults(d whatspie.Device) whatspie.Device {
	d.Status = cmp.Or(d.Status, whatspie.DeviceStatusActive)
	d.Version = cmp.Or(d.Version, "multidevice")
	d.PairedStatus = cmp.Or(d.PairedStatus, whatspie.PairedStatusUnpaired)
	if d.CreatedAt.IsZero() {
		d.CreatedAt = now()
	}
	if d.UpdatedAt.IsZero() {
		d.UpdatedAt = d.CreatedAt
	}
	d.Server.Name = cmp.Or(d.Server.Name, "ASIA (IDN1)")
	d.Server.Status = cmp.Or(d.Server.Status, "ACTIVE")
	d.Package.Code = cmp.Or(d.Package.Code, whatspie.PackageStartup)
	d.Package.Name = cmp.Or(d.Package.Name, packageName(d.Package.Code))
	d.Subscription = cmp.Or(d.Subscription, whatspie.Subscription{QuotaAvailable: unlimited})
	return d
}

func packageName(code whatspie.PackageCode) string {
	if p, ok := whatspie.LookupPackage(code); ok {
		return p.Name
	}
	return string(code)
}

// Device returns the current state of the device, and reports whether it exists.
func (s *Server) Device(id int64) (whatspie.Device, bool) {
	var found whatspie.Device
	ok := s.change(id, func(d *device, _ time.Time) { found = d.Device })
	return found, ok
}

// RemoveDevice removes the device from the account, and reports whether it existed.
func (s *Server) RemoveDevice(id int64) bool {
	return s.change(id, func(*device, time.Time) { delete(s.devices, id) })
}

// Scan pairs the device, as if a phone had scanned its QR code. It works in any state of the device, and even if there
// is no code. A device without a phone number gets a made-up one. Scan reports whether the device exists.
func (s *Server) Scan(id int64) bool { return s.change(id, (*device).pair) }

// Suspend makes the device SUSPENDED: its QR code becomes invalid, and requests for a code fail. [Server.Scan],
// [Server.Disconnect] and [Server.ExpireQR] end the suspension. Suspend reports whether the device exists.
func (s *Server) Suspend(id int64) bool {
	return s.change(id, func(d *device, at time.Time) { d.endPairing(whatspie.PairedStatusSuspended, at) })
}

// Disconnect makes the device UNPAIRED, as if its phone had logged out. The device keeps its phone number, but its QR
// code becomes invalid. Disconnect reports whether the device exists.
func (s *Server) Disconnect(id int64) bool {
	return s.change(id, func(d *device, at time.Time) { d.endPairing(whatspie.PairedStatusUnpaired, at) })
}

// ExpireQR makes the device EXPIRED, as if the lifetime of its QR code was over. It works in any state of the device.
// The next request for a code generates a new one and makes the device UNPAIRED. ExpireQR reports whether the device
// exists.
func (s *Server) ExpireQR(id int64) bool { return s.change(id, (*device).expire) }

// change calls fn for a device, with the mutex held and the device's code up to date. It reports whether the device
// exists.
func (s *Server) change(id int64, fn func(*device, time.Time)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.devices[id]
	if !ok {
		return false
	}
	at := now()
	d.advance(s.cfg.codes, at)
	fn(d, at)
	return true
}

// find returns the device with that ID, or else the one with that phone number and the lowest ID. It returns nil if
// there is none.
func (s *Server) find(ref string) *device {
	var byPhone *device
	for _, d := range s.devices {
		d.advance(s.cfg.codes, now())
		if strconv.FormatInt(d.ID, 10) == ref {
			return d
		}
		if d.Phone == ref && (byPhone == nil || d.ID < byPhone.ID) {
			byPhone = d
		}
	}
	return byPhone
}

func (d *device) pair(at time.Time) {
	d.endPairing(whatspie.PairedStatusPaired, at)
	if d.Phone == "" {
		// In a real number, no zero follows the country code.
		d.Phone = fmt.Sprintf("62000%08d", d.ID)
	}
}

// endPairing removes the code, so that the next one is the first code of a new pairing.
func (d *device) endPairing(status whatspie.PairedStatus, at time.Time) {
	d.code, d.codes = nil, 0
	d.PairedStatus, d.UpdatedAt = status, at
}

func (d *device) expire(at time.Time) {
	d.code = nil
	d.PairedStatus, d.UpdatedAt = whatspie.PairedStatusExpired, at
}

// advance replaces or removes codes that have expired by the given time.
func (d *device) advance(schedule codeSchedule, at time.Time) {
	for d.code != nil && !at.Before(d.code.expires) {
		if expired := d.code.expires; d.codes < schedule.perPairing {
			d.nextCode(schedule, expired)
		} else {
			d.expire(expired)
		}
	}
}

func byID(a, b wireDevice) int { return cmp.Compare(a.ID, b.ID) }
