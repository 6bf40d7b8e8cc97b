package pairweb

const englishContact = "Please contact the operator of this site."

var english = Texts{
	Heading:      "Connect WhatsApp",
	StepsHeading: "On the phone",
	Steps: []string{
		"Open *WhatsApp*",
		"In the menu *⋮* or in *Settings*, tap *Linked devices*",
		"Tap *Link a device*",
		"Point the camera at this code",
	},
	OtherScreen: "Viewing this on the phone you want to connect? Open this page on another screen.",
	NoScript:    "This page needs JavaScript to show the code. Please turn it on and reload.",

	Waiting:      "Getting a code…",
	Renewing:     "Getting a new code…",
	Slow:         "This is taking longer than usual. Still trying…",
	Reconnecting: "Reconnecting…",

	Scan:           Notice{"Scan this code", "A new code appears when this one expires."},
	ScanNext:       Notice{"Scan this new code", "A new code appears when this one expires."},
	OpenLink:       Notice{"Open the code, then scan it", "A new code appears when this one expires."},
	OpenLinkButton: "Open the code",
	SlowScan:       "You can still scan it. Connecting may take longer than usual.",
	CodeAlt:        "QR code for WhatsApp",
	ExpiredCodeAlt: "This QR code has expired",
	BrokenCodeAlt:  "This QR code cannot be shown",

	Finishing: Notice{
		"Finishing…",
		"Keep WhatsApp open on the phone. If you have not scanned a code yet, a new one will appear.",
	},
	Connected:  "Connected",
	ReturnLink: "Continue",
	TryAgain:   "Try again",

	NotInTime: Notice{"No phone was connected in time", "Have your phone ready, then try again."},
	NoCode:    Notice{"No code is available right now", "Try again in a few minutes."},
	Unconfirmed: Notice{
		"The connection is not confirmed yet",
		"Your phone may already be connected. Try again in a minute.",
	},
	Suspended:   Notice{"This device is suspended", "No phone can be connected to it right now. " + englishContact},
	NotFound:    Notice{"This device does not exist", "It may have been removed. " + englishContact},
	Unavailable: Notice{"This site cannot connect phones right now", englishContact},
	Failed:      Notice{"Something went wrong", englishContact},
	SignedOut:   Notice{"You no longer have access", "Sign in again, then come back to this page."},
	Denied:      Notice{"No access", "You do not have access to this page. Sign in, or ask for the right link."},
}
