package whatspie

// asBefore is what a device was before, as far as the endpoint that shows it now could tell: last is what the other one
// showed, here what this one did before that, or does now where it never did.
func asBefore(now, last, here Device) Device {
	return Device{
		ID:           now.ID,
		Name:         before(now.Name, last.Name, here.Name),
		Phone:        before(now.Phone, last.Phone, here.Phone),
		WebhookURL:   before(now.WebhookURL, last.WebhookURL, here.WebhookURL),
		Status:       before(now.Status, last.Status, here.Status),
		Version:      before(now.Version, last.Version, here.Version),
		PairedStatus: before(now.PairedStatus, last.PairedStatus, here.PairedStatus),
		CreatedAt:    before(now.CreatedAt, last.CreatedAt, here.CreatedAt),
		UpdatedAt:    now.UpdatedAt,
		Server: Server{
			Name:   before(now.Server.Name, last.Server.Name, here.Server.Name),
			Status: before(now.Server.Status, last.Server.Status, here.Server.Status),
		},
		Package: Package{
			ID:   before(now.Package.ID, last.Package.ID, here.Package.ID),
			Code: before(now.Package.Code, last.Package.Code, here.Package.Code),
			Name: before(now.Package.Name, last.Package.Name, here.Package.Name),
		},
		Subscription: before(now.Subscription, last.Subscription, here.Subscription),
	}
}

// before is a field of that. What one of the endpoints leaves out has not changed.
func before[T comparable](now, last, here T) T {
	var none T
	switch {
	case last != none && now != none:
		return last
	case now != last:
		return here
	default:
		return now
	}
}
