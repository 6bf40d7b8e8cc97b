package whatspie

import (
	"cmp"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// documentedAnswer is a result that reads itself, in a single pass, from data that is exactly as documented. What it
// refuses is left to its UnmarshalJSON, which forgives more and comes to the same.
type documentedAnswer interface{ read(c *wire.Cursor) }

func (a *deviceAnswer) read(c *wire.Cursor) {
	if a.Device = readDevice(c, &usualDevice); a.ID < 1 {
		c.Fail()
	}
}

func (a *listAnswer) read(c *wire.Cursor) {
	const shortest = 256 // bytes of a device for which room is made before it is read
	before, like := c.Left(), &usualDevice
	for c.Enter('['); c.More(']'); {
		device := readDevice(c, like)
		if a.devices == nil {
			a.devices = make([]Device, 0, 1+c.Left()/max(shortest, before-c.Left()))
		}
		if a.isCrowd(before - c.Left()) {
			c.Fail()
		}
		a.devices = append(a.devices, device)
		like = &a.devices[len(a.devices)-1]
	}
	if a.devices == nil {
		c.Fail() // whether an answer without anything in it is a list, its message tells
	}
}

func (a *qrAnswer) read(c *wire.Cursor) {
	found := 0
	for c.Enter('{'); c.More('}'); found++ {
		if string(c.Key()) != "qr" || a.parse(c.Text()) != nil {
			c.Fail()
		}
	}
	if found == 0 {
		c.Fail()
	}
}

// usualDevice has the texts that most devices share.
var usualDevice = Device{
	Status:       DeviceStatusActive,
	Version:      versionMultidevice,
	PairedStatus: PairedStatusPaired,
	Server:       Server{Status: string(DeviceStatusActive)},
}

// readDevice reads a device, and shares the memory of the texts that it has in common with another.
func readDevice(c *wire.Cursor, like *Device) Device {
	var d Device
	for c.Enter('{'); c.More('}'); {
		switch string(c.Key()) {
		case "id":
			d.ID = readID(c)
		case "name":
			d.Name = cmp.Or(c.Text(), d.Name)
		case "device_name":
			d.Name = cmp.Or(d.Name, c.Text())
		case "phone":
			d.Phone = c.Text()
		case "webhook_url":
			d.WebhookURL = c.Text(like.WebhookURL)
		case "status":
			d.Status = DeviceStatus(c.Text(string(like.Status)))
		case "version":
			d.Version = c.Text(like.Version)
		case "paired_status":
			d.PairedStatus = PairedStatus(c.Text(string(like.PairedStatus), string(PairedStatusPaired), string(PairedStatusUnpaired)))
		case "created_at":
			d.CreatedAt = c.Time()
		case "updated_at":
			d.UpdatedAt = c.Time()
		case "server":
			d.Server = readServer(c, &like.Server)
		case "package":
			d.Package = readPackage(c, &like.Package)
		case "subscription":
			d.Subscription = readSubscription(c)
		default:
			c.Fail()
		}
	}
	return d
}

func readID(c *wire.Cursor) int64 {
	id := c.Integer()
	if id < 0 {
		c.Fail()
	}
	return id
}

func readServer(c *wire.Cursor, like *Server) Server {
	var s Server
	for c.Enter('{'); c.More('}'); {
		switch string(c.Key()) {
		case "name":
			s.Name = c.Text(like.Name)
		case "status":
			s.Status = c.Text(like.Status)
		default:
			c.Fail()
		}
	}
	return s
}

func readPackage(c *wire.Cursor, like *Package) Package {
	var p Package
	for c.Enter('{'); c.More('}'); {
		switch string(c.Key()) {
		case "code":
			p.Code = PackageCode(c.Text(string(like.Code)))
		case "name":
			p.Name = c.Text(like.Name)
		default:
			c.Fail()
		}
	}
	return p
}

func readSubscription(c *wire.Cursor) Subscription {
	var s Subscription
	for c.Enter('{'); c.More('}'); {
		switch string(c.Key()) {
		case "quote_available":
			s.QuotaAvailable = c.QuotedInteger()
		case "quote_used":
			s.QuotaUsed = c.QuotedInteger()
		default:
			c.Fail()
		}
	}
	return s
}
