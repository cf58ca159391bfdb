; The installer for Windows, by Inno Setup 6.3 or newer: iscc /DVERSION=0.1.0 packaging\windows\jiesu-desk.iss
; For one user without administrator, or for all users; drafts and tickets in the user's folder stay when it is removed.
#ifndef VERSION
  #error Name the version: /DVERSION=...
#endif

[Setup]
AppId={{6D0C0C1B-6F0B-4C55-9E3E-1D3A6C7F5B12}
AppName=接诉台 Jiesu Desk
AppVersion={#VERSION}
AppPublisher=The Jiesu Desk authors
DefaultDirName={autopf}\Jiesu Desk
DefaultGroupName=接诉台 Jiesu Desk
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
LicenseFile=..\..\LICENSE
SetupIconFile=..\..\build\bundle\jiesu-desk.ico
UninstallDisplayIcon={app}\jiesu-desk.exe
OutputDir=..\..\dist
OutputBaseFilename=jiesu-desk-{#VERSION}-setup
Compression=lzma2
SolidCompression=yes
WizardStyle=modern

[Files]
Source: "..\..\dist\jiesu-desk\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[InstallDelete]
Type: filesandordirs; Name: "{app}\_internal"

[Tasks]
Name: desktopicon; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[Icons]
Name: "{group}\接诉台 Jiesu Desk"; Filename: "{app}\jiesu-desk.exe"
Name: "{autodesktop}\接诉台 Jiesu Desk"; Filename: "{app}\jiesu-desk.exe"; Tasks: desktopicon

[Run]
Filename: "{app}\jiesu-desk.exe"; Description: "{cm:LaunchProgram,Jiesu Desk}"; Flags: nowait postinstall skipifsilent
