package whatspie

import (
	"time"
	"unique"
)

// record is a device without its ID, in little memory: the texts that most devices share are held once.
type record struct {
	shared                   unique.Handle[sharedTexts]
	name, phone              string
	created, updated         int64 // seconds since 1970
	createdFrac, updatedFrac int   // nanoseconds
	quota                    Subscription
}

type sharedTexts struct {
	webhookURL, version string
	status              DeviceStatus
	paired              PairedStatus
	server              Server
	plan                Package
}

func newRecord(d *Device) *record {
	return &record{
		shared:      unique.Make(sharedTexts{d.WebhookURL, d.Version, d.Status, d.PairedStatus, d.Server, d.Package}),
		name:        d.Name,
		phone:       d.Phone,
		created:     d.CreatedAt.Unix(),
		updated:     d.UpdatedAt.Unix(),
		createdFrac: d.CreatedAt.Nanosecond(),
		updatedFrac: d.UpdatedAt.Nanosecond(),
		quota:       d.Subscription,
	}
}

func (r *record) device(id int64) Device {
	shared := r.shared.Value()
	return Device{
		ID:           id,
		Name:         r.name,
		Phone:        r.phone,
		WebhookURL:   shared.webhookURL,
		Status:       shared.status,
		Version:      shared.version,
		PairedStatus: shared.paired,
		CreatedAt:    time.Unix(r.created, int64(r.createdFrac)).UTC(),
		UpdatedAt:    time.Unix(r.updated, int64(r.updatedFrac)).UTC(),
		Server:       shared.server,
		Package:      shared.plan,
		Subscription: r.quota,
	}
}
