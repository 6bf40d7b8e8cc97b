package whatspie

// asBefore is what a device was before, as far as the endpoint that shows it now could tell: last is what the other one
// showed, here what this one did before that, if it ever did.
func asBefore(now, last, here Device, known bool) Device {
	return Device{
		ID:           now.ID,
		Name:         before(now.Name, last.Name, here.Name, known),
		Phone:        before(now.Phone, last.Phone, here.Phone, known),
		WebhookURL:   before(now.WebhookURL, last.WebhookURL, here.WebhookURL, known),
		Status:       before(now.Status, last.Status, here.Status, known),
		Version:      before(now.Version, last.Version, here.Version, known),
		PairedStatus: before(now.PairedStatus, last.PairedStatus, here.PairedStatus, known),
		CreatedAt:    before(now.CreatedAt, last.CreatedAt, here.CreatedAt, known),
		UpdatedAt:    now.UpdatedAt,
		Server: Server{
			Name:   before(now.Server.Name, last.Server.Name, here.Server.Name, known),
			Status: before(now.Server.Status, last.Server.Status, here.Server.Status, known),
		},
		Package: Package{
			ID:   before(now.Package.ID, last.Package.ID, here.Package.ID, known),
			Code: before(now.Package.Code, last.Package.Code, here.Package.Code, known),
			Name: before(now.Package.Name, last.Package.Name, here.Package.Name, known),
		},
		Subscription: before(now.Subscription, last.Subscription, here.Subscription, known),
	}
}

// before is a field of that. What one of the endpoints leaves out has not changed.
func before[T comparable](now, last, here T, known bool) T {
	var none T
	switch {
	case last != none && now != none:
		return last
	case known && now != last:
		return here
	default:
		return now
	}
}
