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
	// codes counts the codes of this pairing.
	codes int
}

// AddDevice adds a device to the account and returns its ID, which is d.ID or, if that is below 1, the next free one.
// An existing device with the same ID is replaced.
//
// Empty fields get the values of a new device: PairedStatus UNPAIRED, Status ACTIVE, Version "multidevice", CreatedAt
// now, UpdatedAt equal to CreatedAt, Server "ASIA (IDN1)" and ACTIVE, the STARTUP240K Package with its documented name,
// and a Subscription without limit. Name, Phone and WebhookURL stay empty.
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
	added := &device{Device: fresh(d)}
	s.devices[d.ID] = added
	return added
}

// fresh fills in the empty fields of a new device.
func fresh(d whatspie.Device) whatspie.Device {
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

// Scan pairs the device, as if a phone had scanned its current QR code. It does so whatever the state of the device,
// and even if there is no code. A device without a phone number gets a made-up one. Scan reports whether the device
// exists.
func (s *Server) Scan(id int64) bool { return s.change(id, (*device).pair) }

// Suspend makes the device SUSPENDED: its QR code becomes invalid, and it gets no new one until [Server.Scan] or
// [Server.Disconnect]. It reports whether the device exists.
func (s *Server) Suspend(id int64) bool {
	return s.change(id, func(d *device, at time.Time) { d.restart(whatspie.PairedStatusSuspended, at) })
}

// Disconnect makes the device UNPAIRED, as if its phone had logged out. The device keeps its phone number. Disconnect
// reports whether the device exists.
func (s *Server) Disconnect(id int64) bool {
	return s.change(id, func(d *device, at time.Time) { d.restart(whatspie.PairedStatusUnpaired, at) })
}

// ExpireQR makes the device EXPIRED, whatever its state. Its QR code becomes invalid at once. The next request for a
// code generates a new one and makes the device UNPAIRED. ExpireQR reports whether the device exists.
func (s *Server) ExpireQR(id int64) bool { return s.change(id, (*device).expire) }

// change modifies an existing device, with the lock held and expired codes settled.
func (s *Server) change(id int64, do func(*device, time.Time)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.devices[id]
	if !ok {
		return false
	}
	at := now()
	d.settle(s.cfg.codes, at)
	do(d, at)
	return true
}

// find returns a device by ID, or else the oldest one with that phone number.
func (s *Server) find(ref string) *device {
	var byPhone *device
	for _, d := range s.devices {
		d.settle(s.cfg.codes, now())
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
	d.restart(whatspie.PairedStatusPaired, at)
	if d.Phone == "" {
		// No number of a real subscriber begins with a zero behind the country code.
		d.Phone = fmt.Sprintf("62000%08d", d.ID)
	}
}

// restart ends the current pairing.
func (d *device) restart(status whatspie.PairedStatus, at time.Time) {
	d.code, d.codes = nil, 0
	d.PairedStatus, d.UpdatedAt = status, at
}

func (d *device) expire(at time.Time) {
	d.code = nil
	d.PairedStatus, d.UpdatedAt = whatspie.PairedStatusExpired, at
}

// settle replaces or expires codes whose lifetime has passed.
func (d *device) settle(clock codeClock, at time.Time) {
	for d.code != nil && !at.Before(d.code.expires) {
		if ended := d.code.expires; d.codes < clock.inSession {
			d.nextCode(clock, ended)
		} else {
			d.expire(ended)
		}
	}
}

func byID(a, b wireDevice) int { return cmp.Compare(a.ID, b.ID) }
