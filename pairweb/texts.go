package pairweb

import "reflect"

// Message is a title that says what is happening, and a text that says what to do or expect. Text may be empty.
type Message struct {
	// Title is the line in bold.
	Title string
	// Text is the line below.
	Text string
}

// Texts are all texts of the page in one language. They are plain text. See [WithTexts] for what an empty field means.
type Texts struct {
	// Heading is the heading of the page, and a part of its title in the browser's tab.
	Heading string
	// StepsHeading is the heading of Steps.
	StepsHeading string
	// Steps say what to do on the phone, in order. Text between asterisks is bold: "Open *WhatsApp*".
	Steps []string
	// OtherScreen is for visitors who look at the page on the phone that they want to connect.
	OtherScreen string
	// NoScript is shown if the browser does not run JavaScript.
	NoScript string

	// Waiting is the title until the first code arrives.
	Waiting string
	// Renewing is the title between two codes.
	Renewing string
	// Slow is the text below Waiting and Renewing while requests fail.
	Slow string
	// Reconnecting is the title while the browser has no connection to the server.
	Reconnecting string

	// Scan is shown with the first code.
	Scan Message
	// ScanNext is shown with each later code.
	ScanNext Message
	// OpenLink is shown if the API sent a link to a code instead of an image.
	OpenLink Message
	// OpenLinkButton is the label of that link.
	OpenLinkButton string
	// SlowScan is the text below a code while requests fail.
	SlowScan string
	// CodeAlt describes the image of a code to screen readers.
	CodeAlt string
	// ExpiredCodeAlt describes the image of a code that no longer works.
	ExpiredCodeAlt string
	// BrokenCodeAlt describes the image of a code that the browser cannot show.
	BrokenCodeAlt string

	// Finishing is shown after a scan, until the API reports the phone as connected.
	Finishing Message
	// Connected is the title when a phone is connected. The text below is its number.
	Connected string
	// ReturnLink is the label of the link that WithReturnURL adds.
	ReturnLink string
	// TryAgain is the label of the button that starts over.
	TryAgain string

	// NotInTime is shown at the end if nobody scanned the last code.
	NotInTime Message
	// NoCode is shown at the end if the API had no code at all.
	NoCode Message
	// Unconfirmed is shown at the end if a code was scanned, but the API does not report the phone as connected.
	Unconfirmed Message
	// Suspended is shown at the end for a suspended device.
	Suspended Message
	// NotFound is shown at the end for a device that does not exist.
	NotFound Message
	// Unavailable is shown at the end if the API refuses the token.
	Unavailable Message
	// Failed is shown at the end if pairing failed for any other reason.
	Failed Message
	// SignedOut is shown to a visitor who lost access while the page was open.
	SignedOut Message
	// Denied is the page that a visitor without access gets.
	Denied Message
}

// orElse returns the texts with empty fields taken from others.
func (t Texts) orElse(others Texts) Texts {
	fill(reflect.ValueOf(&t).Elem(), reflect.ValueOf(others))
	return t
}

func fill(to, from reflect.Value) {
	for i := range to.NumField() {
		switch field := to.Field(i); {
		case field.Kind() == reflect.Struct:
			fill(field, from.Field(i))
		case field.IsZero():
			field.Set(from.Field(i))
		}
	}
}
