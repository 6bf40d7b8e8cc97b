package pairweb

import "reflect"

// Notice is a title that says what is happening, and a text that says what to do or expect.
type Notice struct {
	// Title is the line in bold. See WithTexts for what empty means.
	Title string
	// Text is the line below the title. See WithTexts for what empty means.
	Text string
}

// Texts are all texts of the page in one language, as plain text. See [WithTexts] for what an empty field means.
type Texts struct {
	// Heading is the heading of the page, and part of the title of the browser's tab.
	Heading string
	// StepsHeading is the heading of Steps.
	StepsHeading string
	// Steps say what to do on the phone, in order. Text between asterisks is bold: "Open *WhatsApp*".
	Steps []string
	// OtherScreen is for visitors who open the page on the phone that they want to connect.
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
	Scan Notice
	// ScanNext is shown with each later code.
	ScanNext Notice
	// OpenLink is shown if the API sent a link to a code instead of an image.
	OpenLink Notice
	// OpenLinkButton is the label of that link.
	OpenLinkButton string
	// SlowScan is the text below a code while requests fail.
	SlowScan string
	// CodeAlt describes the image of a code to screen readers.
	CodeAlt string
	// ExpiredCodeAlt describes the image of a code that is no longer valid.
	ExpiredCodeAlt string
	// BrokenCodeAlt describes the image of a code that the browser cannot display.
	BrokenCodeAlt string

	// Finishing is shown after a scan, until the API reports the phone as connected.
	Finishing Notice
	// Connected is the title when a phone is connected. The text below is its number.
	Connected string
	// ReturnLink is the label of the link that WithReturnURL adds.
	ReturnLink string
	// TryAgain is the label of the button that starts over.
	TryAgain string

	// NotInTime is shown at the end if no code was scanned in time.
	NotInTime Notice
	// NoCode is shown at the end if the API never returned a code.
	NoCode Notice
	// Unconfirmed is shown at the end if a code was scanned, but the API does not report the phone as connected.
	Unconfirmed Notice
	// Suspended is shown at the end if the device is suspended.
	Suspended Notice
	// NotFound is shown at the end if the device does not exist.
	NotFound Notice
	// Unavailable is shown at the end if the API responds with 401 or 403.
	Unavailable Notice
	// Failed is shown at the end if pairing failed for any other reason.
	Failed Notice
	// SignedOut is shown to a visitor who lost access while the page was open.
	SignedOut Notice
	// Denied is the page for a visitor without access.
	Denied Notice
}

// withDefaults returns the texts with empty fields taken from defaults.
func (t Texts) withDefaults(defaults Texts) Texts {
	fillEmpty(reflect.ValueOf(&t).Elem(), reflect.ValueOf(defaults))
	return t
}

func fillEmpty(to, from reflect.Value) {
	for i := range to.NumField() {
		switch field := to.Field(i); {
		case field.Kind() == reflect.Struct:
			fillEmpty(field, from.Field(i))
		case field.IsZero():
			field.Set(from.Field(i))
		}
	}
}
