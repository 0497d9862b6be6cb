# Run by cpack before it packs: Debian's zsh looks for what packages bring in a
# folder of its own.
file(GLOB folders
     ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/usr/share/zsh/site-functions)
foreach(folder ${folders})
  get_filename_component(zsh ${folder} DIRECTORY)
  file(RENAME ${folder} ${zsh}/vendor-completions)
endforeach()
