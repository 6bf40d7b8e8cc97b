package pairweb

const askOperator = "Please contact the operator of this site."

var english = Texts{
	Heading:      "Connect WhatsApp",
	StepsHeading: "On the phone",
	Steps: []string{
		"Open *WhatsApp*",
		"In the menu *⋮* or in *Settings*, tap *Linked devices*",
		"Tap *Link a device*",
		"Point the camera at this code",
	},
	OtherScreen: "Is this the phone to connect? Then open this page on another screen.",
	NoScript:    "This page needs JavaScript to show the code. Please turn it on and reload.",

	Waiting:      "Getting a code…",
	Renewing:     "Getting a new code…",
	Slow:         "This takes longer than usual. Still trying.",
	Reconnecting: "Reconnecting…",

	Scan:           Message{"Scan this code", "It is replaced when it expires."},
	ScanNext:       Message{"Scan this new code", "It is replaced when it expires."},
	OpenLink:       Message{"Open the code, then scan it", "It is replaced when it expires."},
	OpenLinkButton: "Open the code",
	SlowScan:       "You can scan it. Connecting may take longer than usual.",
	CodeAlt:        "QR code for WhatsApp",
	ExpiredCodeAlt: "This QR code has expired",
	BrokenCodeAlt:  "This QR code cannot be shown",

	Finishing:  Message{"Finishing…", "Keep WhatsApp open on the phone. If you have not scanned a code yet, a new one follows."},
	Connected:  "Connected",
	ReturnLink: "Continue",
	TryAgain:   "Try again",

	NotInTime:   Message{"No phone was connected in time", "Have your phone at hand, then try again."},
	NoCode:      Message{"There is no code at the moment", "Try again in a few minutes."},
	Unconfirmed: Message{"The connection is not confirmed yet", "Your phone may be connected already. Try again in a minute."},
	Suspended:   Message{"This device is suspended", "No phone can be connected to it now. " + askOperator},
	NotFound:    Message{"This device does not exist", "It may have been removed. " + askOperator},
	Unavailable: Message{"This site cannot connect phones now", askOperator},
	Failed:      Message{"This did not work", askOperator},
	SignedOut:   Message{"You no longer have access", "Sign in again, then come back to this page."},
	Denied:      Message{"No access", "You may not see this page. Sign in, or ask for the right link."},
}
